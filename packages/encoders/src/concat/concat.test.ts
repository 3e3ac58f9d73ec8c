import type { TextEncoder, TextTokens } from "@gmem/spec";
import { array, type NDArray } from "@gmem/tensor";
import { testTextEncoder } from "@gmem/testing";
import { describe, expect, it } from "vitest";
import { hashedWords } from "../hashed-words/index.ts";
import { concat } from "./index.ts";

/** An encoder whose vectors are longer than 1 and which hears ten letters. */
const letters: TextEncoder = {
  name: "letters",
  id: "letters-1",
  dim: 3,
  tokens: async (texts) => ({
    hidden: array(texts.flatMap(counts), [texts.length, 1, 3]),
    mask: array(
      texts.map((text) => (text.trim() === "" ? 0 : 1)),
      [texts.length, 1],
    ),
  }),
  encode: async (texts) => array(texts.flatMap(counts), [texts.length, 3]),
  cut: (texts) => texts.flatMap((text, i) => (text.length > 100 ? [i] : [])),
};
const counts = (text: string): readonly number[] =>
  ["a", "e", "i"].map((letter) => (text.trim() === "" ? 0 : text.slice(0, 100).split(letter).length - 1));

/** Sum of the columns of each encoder, of its length. */
function pooled({ hidden }: TextTokens): NDArray {
  const [n = 0, length = 0, dim = 0] = hidden.shape;
  const sums = Array.from({ length: n }, (_, row) =>
    Array.from({ length: dim }, (_, k) =>
      Array.from({ length }, (_, i) => hidden.data[(row * length + i) * dim + k] as number).reduce((a, b) => a + b, 0),
    ),
  );
  return array(
    sums.flatMap((sum) => {
      const unit = (part: number[], weight: number): number[] => part.map((x) => (weight * x) / Math.hypot(...part));
      return [...unit(sum.slice(0, 3), 1), ...unit(sum.slice(3), 0.5)];
    }),
    [n, dim],
  );
}

const both = (): TextEncoder => concat([{ encoder: letters }, { encoder: hashedWords({ dim: 16 }), weight: 0.5 }]);
testTextEncoder("concat", both, { pooled });

describe("concat", () => {
  it("gives each encoder its length, whatever its own is, and names both", async () => {
    const { data, shape } = await both().encode(["a eagle"]);
    expect(shape).toEqual([1, 19]);
    expect([Math.hypot(...data.subarray(0, 3)), Math.hypot(...data.subarray(3))]).toBeAllclose([1, 0.5], {
      atol: 1e-6,
    });
    expect(both().id).toBe("letters-1 + 0.5 hashed-words-1-16");
    expect(concat([{ encoder: hashedWords() }]).cut).toBeUndefined();
  });

  it("refuses no encoder and weights that are none", () => {
    expect(() => concat([])).toThrow(/one encoder or more/);
    expect(() => concat([{ encoder: letters, weight: 0 }])).toThrow(/weight must be a positive number, got 0/);
  });
});
