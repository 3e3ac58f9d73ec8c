import type { LatentShape, TrainingSet } from "@gmem/spec";
import { ShapeError } from "@gmem/tensor";
import { lengthOf, type RowSource, rowsOf } from "../rows-of.ts";
import { checkRows } from "../rows-that-are-there.ts";
import type { CaptionVectors } from "./caption-vectors.ts";
import { drawTexts } from "./draw-texts.ts";

export interface TextPairs {
  /** Of the model that is trained; no latents are read. */
  readonly latent: LatentShape;
  readonly texts: CaptionVectors;
  /** s of each picture [N,d]. */
  readonly snippets: RowSource;
}

/**
 * A training set of texts and snippets alone, for objectives that compare the two and read no picture.
 * @throws {ShapeError} if there are not as many snippets as rows with captions.
 * @example
 * const texts = { dim: 2, encoderId: "mine", vectors: array([1, 0, 0, 1], [2, 2]), first: Int32Array.of(0, 1, 2) };
 * const set = textPairs({ latent: [3, 16, 16], texts, snippets: array([0, 1, 1, 0], [2, 2]) });
 * await set.batch(Int32Array.of(1)); // { index, texts [1,2], snippets [1,2] }
 */
export function textPairs({ latent, texts, snippets }: TextPairs): TrainingSet {
  const length = texts.first.length - 1;
  const count = lengthOf(snippets);
  if (count !== undefined && count !== length)
    throw new ShapeError("textPairs", `snippets must have the ${length} rows of the captions`, [[count]]);
  return {
    length,
    latent,
    async batch(index, rng) {
      checkRows("textPairs", index, length);
      return { index, texts: drawTexts(texts, index, rng), snippets: await rowsOf(snippets, index) };
    },
  };
}
