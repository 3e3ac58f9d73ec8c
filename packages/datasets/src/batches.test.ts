import type { Batch, TrainingSet } from "@gmem/spec";
import { array, isGMemError } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batches, trainingSet } from "./index.ts";

const numbered = (count: number): TrainingSet =>
  trainingSet({
    latents: array(
      Float32Array.from({ length: count }, (_, i) => i),
      [count, 1, 1, 1],
    ),
  });

async function take(iterator: AsyncGenerator<Batch>, count: number): Promise<number[][]> {
  const rows: number[][] = [];
  for (let i = 0; i < count; i++) rows.push([...(await iterator.next()).value.latents.data]);
  await iterator.return(undefined as never);
  return rows;
}

describe("batches", () => {
  it("go on from any start as an uninterrupted run does, whatever is fetched ahead", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(30),
        fc.nat(5),
        fc.nat(),
        async (length, size, start, prefetch, seed) => {
          const batchSize = size;
          const set = numbered(length);
          const whole = await take(batches(set, { batchSize, seed }), start + 8);
          expect(await take(batches(set, { batchSize, seed, start, prefetch }), 8)).toEqual(whole.slice(start));
        },
      ),
      { numRuns: 40 },
    );
  });

  it("see each row at most once an epoch, all but the part that fills no batch, in a new order each time", async () => {
    const rows = await take(batches(numbered(23), { batchSize: 4, seed: 1 }), 10);
    const epochs = [rows.slice(0, 5).flat(), rows.slice(5).flat()];
    for (const epoch of epochs) expect(new Set(epoch).size).toBe(20);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(await take(batches(numbered(23), { batchSize: 4, seed: 2 }), 10)).not.toEqual(rows);
  });

  it("of a set that is smaller take one epoch after the other, every row equally often", async () => {
    const rows = (await take(batches(numbered(3), { batchSize: 8, seed: 1 }), 6)).flat();
    for (let at = 0; at < rows.length; at += 3) expect(new Set(rows.slice(at, at + 3)).size).toBe(3);
    expect(new Set(Array.from({ length: 16 }, (_, i) => String(rows.slice(3 * i, 3 * i + 3)))).size).toBeGreaterThan(3);
  });

  it("refuse an empty set and sizes that cannot be", async () => {
    await expect(batches({ ...numbered(3), length: 0 }, { batchSize: 4, seed: 0 }).next()).rejects.toThrow(/got none/);
    await expect(batches(numbered(3), { batchSize: 0, seed: 0 }).next()).rejects.toThrow(/batchSize must be/);
  });

  it("stop at the signal with code ABORTED", async () => {
    const stop = new AbortController();
    const running = batches(numbered(8), { batchSize: 4, seed: 0, signal: stop.signal });
    await running.next();
    stop.abort();
    await expect(running.next()).rejects.toSatisfy((error) => isGMemError(error, "ABORTED"));
  });

  it("hand on the error of a fetch in its turn, after the batches before it", async () => {
    let fetched = 0;
    const set: TrainingSet = {
      ...numbered(8),
      batch: async (index) => {
        if (fetched++ === 2) throw new RangeError("disk gone");
        return numbered(8).batch(index);
      },
    };
    const running = batches(set, { batchSize: 2, seed: 0, prefetch: 4 });
    await running.next();
    await running.next();
    await expect(running.next()).rejects.toThrow("disk gone");
  });
});
