import type { MemoryBank } from "@gmem/spec";
import { array, isGMemError, key, type NDArray, takeRows, trace } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClassTableOptions, conditioner, parseClassRequest, snippetTable, tableName } from "./index.ts";

const noise = key(1).normal([3, 2, 4, 4]);
const latents = key(0).normal([1, 1, 2, 2]);

describe("conditioner", () => {
  it("has a table of K + 1 rows of N(0, 0.02²) under the checkpoint's name, K without label drop", async () => {
    const c = conditioner({ classes: 99, hiddenSize: 64 });
    const table = c.init(key(0))[tableName];
    expect(table?.shape).toEqual([100, 64]);
    const values = Float64Array.from(table?.data ?? []);
    expect(Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length)).toBeCloseTo(0.02, 3);
    const noDrop = conditioner({ classes: 99, hiddenSize: 64, dropProbability: 0 });
    expect(noDrop.init(key(0))[tableName]?.shape).toEqual([99, 64]);
    expect(() => noDrop.nullFeeds?.(1)).toThrow(
      expect.objectContaining({ code: "CONFIG", message: expect.stringMatching(/no null row/) }),
    );
  });
  it("gathers embeddings, the null class for guidance", async () => {
    const c = conditioner({ classes: 10, hiddenSize: 8 });
    expect(c.nullFeeds?.(2).label?.data).toEqual(Int32Array.of(10, 10));
    expect((await c.resolve(noise, c.parse({ label: 4 }))).label?.data).toEqual(Int32Array.of(4, 4, 4));
    expect((await c.resolve(noise, c.parse({ labels: [1, 2, 3] }))).label?.data).toEqual(Int32Array.of(1, 2, 3));
    await expect(c.resolve(noise, c.parse({ labels: [1, 2] }))).rejects.toThrow(/1 or 3 labels/);
    const graph = trace(
      { feeds: c.feeds(3), state: { [tableName]: { dtype: "f32", shape: [11, 8] } } },
      ({ feeds, state }) => ({
        fetches: { s: c.snippet(state, feeds) },
      }),
    );
    expect(graph.fetches.s?.shape).toEqual([3, 8]);
  });
  it("draws classes uniformly and by the noise alone without a request", async () => {
    const c = conditioner({ classes: 10, hiddenSize: 8 });
    const many = key(2).normal([2000, 1, 2, 2]);
    const labels = (await c.resolve(many, undefined)).label?.data ?? [];
    const counts = new Int32Array(10);
    for (const label of labels) counts[label] = (counts[label] as number) + 1;
    expect(counts.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)).toBeLessThan(33.7); // p = 1e-4
    expect((await c.resolve(many, undefined)).label?.data).toEqual(labels);
  });
  it("drops labels to the null class with the given probability", async () => {
    const c = conditioner({ classes: 10, hiddenSize: 8, dropProbability: 0.25 });
    const labels = new Int32Array(4000).fill(3);
    const { label } = await c.batch({ index: new Int32Array(4000), latents, labels }, key(3));
    const dropped = Array.from(label?.data ?? []).filter((value) => value === 10).length;
    expect(Math.abs(dropped / 4000 - 0.25)).toBeLessThan(0.03);
    expect((await c.batch({ index: new Int32Array(4000), latents, labels }, key(3))).label).toEqual(label);
    const batch = { index: Int32Array.of(0), latents };
    await expect(c.batch(batch, key(0))).rejects.toThrow(/needs labels/);
    await expect(c.batch({ ...batch, labels: Int32Array.of(10) }, key(0))).rejects.toThrow(/0…9, got 10/);
  });
  it("says what is missing or wrong", () => {
    const refused = [
      [{ hiddenSize: 8 }, /needs \{ classes \}, a positive integer, got none/],
      [{ classes: 3 }, /needs \{ hiddenSize \}, the width of the backbone, got none/],
      [{ classes: 3, hiddenSize: 8, dropProbability: 1 }, /dropProbability must be in \[0, 1\), got 1/],
      [{ classes: 3, hiddenSize: 8, perClass: 0.5 }, /perClass must be a positive integer, got 0.5/],
    ] as const;
    for (const [options, message] of refused) {
      const make = (): unknown => conditioner(options as ClassTableOptions);
      expect(make).toThrow(message);
      expect(make).toThrow(expect.toSatisfy((e) => isGMemError(e, "CONFIG")));
    }
  });
});

describe("parseClassRequest", () => {
  it("answers any JSON with a request or INVALID_REQUEST", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ label: fc.jsonValue() }), fc.record({ labels: fc.jsonValue() })),
        (input) => {
          try {
            parseClassRequest(input, 10);
            return true;
          } catch (error) {
            return isGMemError(error, "INVALID_REQUEST");
          }
        },
      ),
    );
    expect(() => parseClassRequest({ label: 10 }, 10)).toThrow(/class 0…9, got 10/);
    expect(() => parseClassRequest({ class: 1 }, 10)).toThrow(/"label" or "labels", got "class"/);
  });
});

describe("snippetTable", () => {
  const rows = array(
    Float32Array.from({ length: 24 * 3 }, (_, at) => Math.sin(at * 1.7)),
    [24, 3],
  );
  const unit = {
    ...rows,
    data: rows.data.map((value, at) => value / Math.hypot(...rows.data.subarray(at - (at % 3), at - (at % 3) + 3))),
  };
  const labels = Int32Array.from({ length: 24 }, (_, i) => (i < 3 ? 0 : i < 12 ? 1 : 3)); // class 2 has no rows
  const bank: MemoryBank = {
    size: 24,
    dim: 3,
    encoderId: "e",
    labels,
    at: async (wanted) => takeRows(unit, wanted),
    indexOf: (z) => new Int32Array(z.shape[0] ?? 0),
  };
  const row = (x: NDArray | undefined, i: number): number[] => Array.from(x?.data.subarray(i * 3, i * 3 + 3) ?? []);
  it("keeps k rows of each class, all of a short one, and reports it", async () => {
    const c = await snippetTable(bank, { perClass: 5, pick: "random", seed: 0 });
    expect(c.table.shape).toEqual([13, 3]);
    expect([...c.starts]).toEqual([0, 3, 8, 8, 13]);
    expect(c.short).toEqual([
      { label: 0, rows: 3 },
      { label: 2, rows: 0 },
    ]);
  });
  it("draws a snippet of the wanted class, every one of them, and never a class without rows", async () => {
    const c = await snippetTable(bank, { perClass: 5, pick: "random", seed: 0 });
    const many = key(2).normal([300, 1, 2, 2]);
    const drawn = new Set(Array.from({ length: 300 }, (_, i) => i));
    const { snippet } = await c.resolve(many, c.parse({ label: 1 }));
    const texts = new Set([...drawn].map((i) => String(row(snippet, i))));
    expect(texts).toEqual(new Set([3, 4, 5, 6, 7].map((i) => String(row(c.table, i)))));
    await expect(c.resolve(many, c.parse({ label: 2 }))).rejects.toThrow(/rows of the class, got 2/);
    expect((await c.resolve(many, undefined)).snippet?.shape).toEqual([300, 3]);
    const batch = { index: Int32Array.of(0, 1), latents, labels: Int32Array.of(0, 3) };
    expect((await c.batch(batch, key(0))).snippet?.shape).toEqual([2, 3]);
  });
  it("averages groups of a class to unit rows", async () => {
    const c = await snippetTable(bank, { perClass: 1, pick: "average", seed: 0 });
    const sum = [0, 1, 2].map((j) => [0, 1, 2].reduce((total, i) => total + (unit.data[i * 3 + j] as number), 0));
    const norm = Math.hypot(...sum);
    row(c.table, 0).forEach((value, j) => {
      expect(value).toBeCloseTo((sum[j] as number) / norm, 5);
    });
    const raw = await snippetTable(bank, { perClass: 1, pick: "average", seed: 0, renormalize: false });
    expect(Math.hypot(...row(raw.table, 1))).toBeLessThan(1);
  });
  it("refuses a bank without labels and k < 1", async () => {
    const { labels: _, ...bare } = bank;
    await expect(snippetTable(bare, { perClass: 1, pick: "random", seed: 0 })).rejects.toSatisfy((e) =>
      isGMemError(e, "BANK"),
    );
    await expect(snippetTable(bank, { perClass: 0, pick: "random", seed: 0 })).rejects.toSatisfy((e) =>
      isGMemError(e, "CONFIG"),
    );
  });
});
