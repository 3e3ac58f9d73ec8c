import type { Dataset, ImageExample, Tokenizer } from "@gmem/spec";
import { type EncodedImages, type EncodeImagesOptions, encodeImages } from "./latents/encode-images.ts";

export type EncodeDatasetOptions = Omit<EncodeImagesOptions, "encode">;

/** A dataset in latent space, row for row. */
export type EncodedDataset = Pick<EncodedImages, "latents" | "labels" | "ids">;

/**
 * Encodes every image of a dataset with a tokenizer, opening the next batch of images meanwhile.
 * @throws {ShapeError} if images differ in size; {GMemError} code `DATA` for an empty dataset, `ABORTED` when the signal
 * fires.
 * @example
 * const data = { name: "grey", length: 4, at: async (i: number) => ({ image: full([3, 8, 8], 0.5), id: `${i}` }) };
 * const pixels = { name: "pixels", latent: () => [3, 8, 8] as const, encode: async (x: NDArray<"f32">) => x, decode: async (x: NDArray<"f32">) => x };
 * const { latents } = await encodeDataset(data, pixels); // [4,3,8,8], all 0.5
 */
export async function encodeDataset(
  dataset: Dataset<ImageExample>,
  tokenizer: Tokenizer,
  options: EncodeDatasetOptions = {},
): Promise<EncodedDataset> {
  const { latents, labels, ids } = await encodeImages(dataset, {
    ...options,
    encode: async (images) => ({ latents: await tokenizer.encode(images) }),
  });
  return { latents, ids, ...(labels && { labels }) };
}
