import "@gmem/testing";
import { array, key, type NDArray, referenceEngine } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { bankFromOfficial, build, compress, nearest } from "./index.ts";

const every = (count: number): Int32Array => Int32Array.from({ length: count }, (_, row) => row);

describe("nearest, among raw features", () => {
  const raw = array([10, 10, 1, 0, 0, 0.5], [3, 2]);
  const bank = bankFromOfficial({ bank: raw });

  it.each([undefined, referenceEngine()])("ranks by the cosine, whatever the lengths", async (engine) => {
    for (const query of [
      [1, 0],
      [300, 0],
    ]) {
      const { rows, scores } = await nearest(bank, array(query, [1, 2]), { k: 3, ...(engine && { engine }) });
      expect([...rows.data]).toEqual([1, 0, 2]);
      expect(scores).toBeAllclose([1, Math.SQRT1_2, 0], { atol: 1e-6 });
    }
  });

  it("finds each row first by its own snippet, and what the bank of unit rows finds", async () => {
    const { data } = key(0).normal([500, 16]);
    const lengths = data.map((value, i) => value * (1 + (Math.floor(i / 16) % 7)));
    const features = array(lengths, [500, 16]);
    const [own, unit] = [bankFromOfficial({ bank: features }), build(features)];
    const queries = await own.at(every(500));
    expect([...(await nearest(own, queries, { k: 1 })).rows.data]).toEqual([...every(500)]);
    const [found, wanted] = [await nearest(own, queries, { k: 5 }), await nearest(unit, queries, { k: 5 })];
    expect(found.rows).toEqual(wanted.rows);
    expect(found.scores).toBeAllclose(wanted.scores, { atol: 1e-6 });
  });
});

describe("nearest refuses by its number", () => {
  const bank = build(key(0).normal([40, 4]));
  const small = compress(bank, { rank: 3 });
  const query = (...values: readonly number[]): NDArray<"f32"> => array([1, 0, 0, 0, ...values], [2, 4]);

  it.each([
    ["NaN", query(0, Number.NaN, 0, 0), "NON_FINITE", "got NaN"],
    ["infinity", query(0, 0, 0, Number.POSITIVE_INFINITY), "NON_FINITE", "got Infinity"],
    ["zeros", query(0, 0, 0, 0), "BANK", "must not be zero"],
  ])("a query of %s", async (_, queries, code, words) => {
    for (const searched of [bank, await small]) {
      const found = nearest(searched, queries, { k: 1 });
      await expect(found).rejects.toThrow(words);
      await expect(found).rejects.toMatchObject({ code, message: expect.stringMatching(/^nearest: query 1: queries/) });
    }
  });

  it("a row that factors bring to zero", async () => {
    const C = array([1, -1], [2, 1]);
    const factors = { C, M: array([1, 0], [2, 1]), S: array([1], [1]), mean: array([1, 0]) };
    const cancelled = bankFromOfficial(factors); // rows [2,0] and [0,0]
    const refusal = { code: "BANK", message: expect.stringMatching(/row 1: snippets must not be zero/) };
    await expect(nearest(cancelled, array([1, 0], [1, 2]), { k: 1 })).rejects.toMatchObject(refusal);
    await expect(cancelled.at(Int32Array.of(0, 1))).rejects.toMatchObject(refusal);
    expect((await cancelled.at(Int32Array.of(0))).data).toEqual(Float32Array.of(1, 0));
  });
});
