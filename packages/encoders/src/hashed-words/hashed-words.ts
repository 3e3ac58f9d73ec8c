import type { TextEncoder } from "@gmem/spec";
import { array, GMemError } from "@gmem/tensor";
import { stackTokens } from "../text/encode-rows.ts";
import { toUnit } from "../text/unit.ts";
import { hash } from "./hash.ts";

export interface HashedWordsOptions {
  /** Width of a vector; default 512. */
  readonly dim?: number;
}

/** Places of a vector that a word changes: two words that meet in one still differ in the others. */
const places = 4;

/**
 * A text as the sum of its words and of its pairs of neighbours, each ±1 in four places by its hash (Weinberger et al. 2009,
 * "Feature hashing for large scale multitask learning"), of unit length. It learned nothing and needs no download: equal words
 * are near, and synonyms are not. Words are letters and digits in a row, in lower case, and every sign such as ♥ alone.
 * @throws {GMemError} code `CONFIG` for a width below 8.
 * @example
 * const { data, shape } = await hashedWords({ dim: 64 }).encode(["a red circle", "A red  CIRCLE!"]); // [2,64]
 * const same = data.subarray(0, 64).every((value, i) => value === data[64 + i]); // true
 */
export function hashedWords({ dim = 512 }: HashedWordsOptions = {}): TextEncoder {
  if (!Number.isInteger(dim) || dim < 8)
    throw new GMemError("CONFIG", `hashedWords: dim must be a whole number from 8 on, got ${dim}`);
  return {
    name: "hashed-words",
    id: `hashed-words-1-${dim}`,
    dim,
    async tokens(texts) {
      const tokens = texts.map((text) => {
        const features = featuresOf(text);
        const vectors = new Float32Array(features.length * dim);
        for (const [i, feature] of features.entries()) add(vectors.subarray(i * dim, (i + 1) * dim), feature);
        return vectors;
      });
      return stackTokens(tokens, dim);
    },
    async encode(texts) {
      const vectors = new Float32Array(texts.length * dim);
      for (const [row, text] of texts.entries()) {
        const vector = vectors.subarray(row * dim, (row + 1) * dim);
        for (const feature of featuresOf(text)) add(vector, feature);
        toUnit(vector);
      }
      return array(vectors, [texts.length, dim]);
    },
  };
}

/** The words of a text, then its pairs of neighbours. */
function featuresOf(text: string): readonly string[] {
  const words =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+|\p{S}/gu) ?? [];
  return [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)];
}

function add(vector: Float32Array, feature: string): void {
  for (let k = 0; k < places; k++) {
    const bits = hash(`${k} ${feature}`);
    const at = (bits >>> 1) % vector.length;
    vector[at] = (vector[at] as number) + (bits & 1 ? 1 : -1);
  }
}
