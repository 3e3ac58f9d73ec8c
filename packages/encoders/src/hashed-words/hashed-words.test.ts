import { array, type NDArray } from "@gmem/tensor";
import { testTextEncoder } from "@gmem/testing";
import { describe, expect, it } from "vitest";
import { hash } from "./hash.ts";
import { hashedWords } from "./index.ts";

/** The sum of all tokens, of unit length. */
function unitSum({ hidden }: { readonly hidden: NDArray }): NDArray {
  const [n = 0, length = 0, dim = 0] = hidden.shape;
  const sums = Array.from({ length: n }, (_, row) =>
    Array.from({ length: dim }, (_, k) => {
      let sum = 0;
      for (let i = 0; i < length; i++) sum += hidden.data[(row * length + i) * dim + k] as number;
      return sum;
    }),
  );
  return array(
    sums.flatMap((sum) => sum.map((value) => value / Math.hypot(...sum))),
    [n, dim],
  );
}
testTextEncoder("hashed words", () => hashedWords({ dim: 64 }), { pooled: unitSum });

/** Cosines of the texts to the first. */
async function cosines(...texts: readonly string[]): Promise<readonly number[]> {
  const { data } = await hashedWords().encode(texts);
  const row = (i: number): Float32Array => data.subarray(512 * i, 512 * (i + 1)) as Float32Array;
  return texts.slice(1).map((_, i) => row(0).reduce((sum, value, k) => sum + value * (row(i + 1)[k] as number), 0));
}

describe("hashed words", () => {
  it("hash as FNV-1a with the end of MurmurHash3", () => {
    // FNV-1a of "" and "a" are 0x811c9dc5 and 0xe40c292c; mixed by hand
    const mixed = (h: number): number => {
      let x = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
      return (x ^ (x >>> 16)) >>> 0;
    };
    expect([hash(""), hash("a")]).toEqual([mixed(0x811c9dc5), mixed(0xe40c292c)]);
  });

  it("fold case, width and punctuation, and tell colours, order and signs apart", async () => {
    const [folded, colour, order, other] = await cosines(
      "a red circle left of a blue square",
      "A RED circle, left of\na blue ｓｑｕａｒｅ.",
      "a green circle left of a blue square",
      "a blue square left of a red circle",
      "dog face",
    );
    expect(folded).toBeCloseTo(1, 6);
    expect(colour).toBeLessThan(0.9);
    expect(order).toBeLessThan(0.95);
    expect(Math.abs(other as number)).toBeLessThan(0.25);
    expect((await cosines("♥", "♥ !", "♠"))[0]).toBeCloseTo(1, 6);
    expect((await cosines("♥", "♠"))[0]).toBeLessThan(0.5);
  });

  it("give every two of a thousand words vectors of their own", async () => {
    const words = Array.from({ length: 1000 }, (_, i) => `word${i}`);
    const { data } = await hashedWords().encode(words);
    const rows = new Set(words.map((_, i) => data.subarray(512 * i, 512 * (i + 1)).join()));
    expect(rows.size).toBe(1000);
  });

  it("refuse a width that tells nothing apart", () => {
    expect(() => hashedWords({ dim: 4 })).toThrow(/dim must be a whole number from 8 on, got 4/);
  });
});
