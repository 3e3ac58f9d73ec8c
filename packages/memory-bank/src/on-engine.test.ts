import { key, referenceEngine } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import "@gmem/testing";
import { array } from "@gmem/tensor";
import { build, compress, nearest } from "./index.ts";

describe("with an engine", () => {
  const features = array(
    key(0)
      .normal([50, 8])
      .data.map((value, at) => value * 0.7 ** (at % 8)),
    [50, 8],
  );
  it.each(["exact", "randomized"] as const)("compress gives the factors of the plain path: %s", async (method) => {
    const engine = referenceEngine();
    const plain = await compress(build(features), { rank: 3, method });
    const { moments: _, ...unknown } = build(features);
    for (const bank of [build(features), unknown]) {
      const small = await compress(bank, { rank: 3, method, engine });
      expect(small.factors?.basis).toBeAllclose(plain.factors?.basis ?? [], { atol: 1e-5 });
      expect(await small.rows.slice(0, 50)).toBeAllclose(await plain.rows.slice(0, 50), { atol: 1e-5 });
    }
    await engine.dispose();
  });
  it("nearest gives the rows of the plain path", async () => {
    const engine = referenceEngine();
    const bank = build(features);
    const queries = await build(key(1).normal([6, 8])).at(Int32Array.of(0, 1, 2, 3, 4, 5));
    for (const searched of [bank, await compress(bank, { rank: 3 })]) {
      const plain = await nearest(searched, queries, { k: 4 });
      const found = await nearest(searched, queries, { k: 4, engine });
      expect(found.rows.data).toEqual(plain.rows.data);
      expect(found.scores).toBeAllclose(plain.scores, { atol: 1e-6 });
    }
    await engine.dispose();
  });
});
