import { array, evaluate, key, type NDArray, takeRows, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { classMeans, conditioner, embeddingTable, ridgeAdapter, snippetTable, tableName } from "./index.ts";

const [K, d, D] = [5, 12, 7];
const snippets = key(0).normal([40, d]);
const labels = Int32Array.from({ length: 40 }, (_, i) => i % K);
const bank = {
  size: 40,
  dim: d,
  encoderId: "test",
  labels,
  at: async (rows: Int32Array) => takeRows(snippets, rows),
  indexOf: () => new Int32Array(),
};

describe("the S-Adapter fitted to a class table", () => {
  it("gives the embeddings of the classes for their mean snippets, scaled by the gain", async () => {
    const means = await classMeans(bank, K);
    const embeddings = key(1).normal([K, D]);
    for (const gain of [1, 4]) {
      const { weight, bias, residual } = ridgeAdapter(means, embeddings, { gain, lambda: 1e-9 });
      expect(residual).toBeLessThan(1e-5);
      for (let y = 0; y < K; y++)
        for (let out = 0; out < D; out++) {
          let sum = bias.data[out] as number;
          for (let j = 0; j < d; j++)
            sum += gain * (weight.data[out * d + j] as number) * (means.data[y * d + j] as number);
          expect(sum).toBeCloseTo(embeddings.data[y * D + out] as number, 4);
        }
    }
    expect(ridgeAdapter(means, embeddings, { lambda: 1e9 }).residual).toBeCloseTo(1, 3); // only the mean is left
  });

  it("is the minimum: its gradient is zero", async () => {
    const [means, embeddings, lambda] = [await classMeans(bank, K), key(2).normal([K, D]), 0.3];
    const { weight, bias } = ridgeAdapter(means, embeddings, { lambda });
    for (let out = 0; out < D; out++)
      for (let j = 0; j < d; j++) {
        let slope = lambda * K * (weight.data[out * d + j] as number);
        for (let y = 0; y < K; y++) {
          let error = (bias.data[out] as number) - (embeddings.data[y * D + out] as number);
          for (let i = 0; i < d; i++) error += (weight.data[out * d + i] as number) * (means.data[y * d + i] as number);
          slope += error * (means.data[y * d + j] as number);
        }
        expect(Math.abs(slope)).toBeLessThan(1e-4);
      }
  });

  it("needs rows of every class and an embedding for each", async () => {
    await expect(classMeans(bank, K + 1)).rejects.toMatchObject({ code: "BANK" });
    await expect(classMeans({ ...bank, labels: undefined } as never, K)).rejects.toMatchObject({ code: "BANK" });
    expect(() => ridgeAdapter(snippets, key(1).normal([K, D]))).toThrow(/one embedding/);
  });
});

describe("a table of k embeddings a class", () => {
  const reduced = snippetTable(bank, { perClass: 3, pick: "random", seed: 0 });
  const embed = async (s: NDArray<"f32">) => ({ ...s, data: s.data.map((value) => 2 * value + 1) });

  it("gives what the reduced bank's snippets give, class by class, and the null snippet's embedding last", async () => {
    const table = await embeddingTable(await reduced, embed);
    expect(table.shape).toEqual([3 * K + 1, d]);
    expect([...table.data.subarray(3 * K * d)]).toEqual(Array(d).fill(1));
    const bare = await embeddingTable(await reduced, embed, { nullRow: false });
    expect([bare.shape, [...bare.data]]).toEqual([[3 * K, d], [...table.data.subarray(0, 3 * K * d)]]);
    const c = conditioner({ classes: K, hiddenSize: d, perClass: 3 });
    expect(c.init(key(0))[tableName]?.shape).toEqual([3 * K + 1, d]);
    const noise = key(5).normal([200, 1, 2, 2]);
    const feeds = await c.resolve(noise, { label: 4 });
    const graph = trace({ feeds: c.feeds(200), state: { [tableName]: table } }, ({ feeds: given, state }) => ({
      fetches: { s: c.snippet(state, given) },
    }));
    const { s } = evaluate(graph, feeds, { [tableName]: table }).fetches as { s: NDArray };
    const own = (await embed(takeRows((await reduced).table, [12, 13, 14]))).data;
    const seen = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const row = [0, 1, 2].find((j) => s.data[i * d] === own[j * d]);
      expect(row).toBeDefined();
      seen.add(row as number);
    }
    expect(seen.size).toBe(3);
    expect(c.nullFeeds?.(1).label?.data).toEqual(Int32Array.of(3 * K));
    const training = await c.batch(
      { index: new Int32Array(9), latents: noise, labels: new Int32Array(9).fill(1) },
      key(0),
    );
    for (const row of training.label?.data ?? []) expect([3, 4, 5, 3 * K]).toContain(row);
  });

  it("repeats the snippets of a class that has fewer, and refuses an empty class", async () => {
    const table = array(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [4, 2]);
    const short = await embeddingTable({ table, starts: Int32Array.of(0, 3, 4) }, async (s) => s);
    expect([...short.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 7, 8, 7, 8, 0, 0]);
    await expect(embeddingTable({ table, starts: Int32Array.of(0, 4, 4) }, embed)).rejects.toThrow(/none of class 1/);
  });
});
