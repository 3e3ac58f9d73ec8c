import type { Dataset, ImageExample, Tokenizer } from "@gmem/spec";
import { GMemError, type NDArray, ShapeError, sizeOf } from "@gmem/tensor";
import { stackImages } from "./load-images.ts";

export interface EncodeDatasetOptions {
  /** Images encoded in one call. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A dataset in latent space, row for row. */
export interface EncodedDataset {
  /** [N,C,H,W]. */
  readonly latents: NDArray<"f32">;
  /** [N]; absent unless every example has one. */
  readonly labels?: Int32Array;
  readonly ids: readonly string[];
}

/**
 * Encodes every image of a dataset with a tokenizer, opening the next batch of images meanwhile.
 * @throws {ShapeError} if images differ in size; {GMemError} code `DATA` for an empty dataset, `ABORTED` when the signal
 * fires.
 * @example
 * const data = { name: "grey", length: 4, at: async (i: number) => ({ image: full([3, 8, 8], 0.5), id: `${i}` }) };
 * const pixels = { name: "pixels", latent: () => [3, 8, 8] as const, encode: async (x: NDArray<"f32">) => x, decode: async (x: NDArray<"f32">) => x };
 * const { latents } = await encodeDataset(data, pixels); // [4,3,8,8], all 0
 */
export async function encodeDataset(
  dataset: Dataset<ImageExample>,
  tokenizer: Tokenizer,
  options: EncodeDatasetOptions = {},
): Promise<EncodedDataset> {
  const { batchSize = 64, signal, onProgress } = options;
  if (dataset.length === 0)
    throw new GMemError("DATA", `encodeDataset: the dataset must have examples, got 0 in ${dataset.name}`);
  const open = (from: number): Promise<ImageExample[]> => {
    const rows = Array.from({ length: Math.min(batchSize, dataset.length - from) }, (_, i) => from + i);
    const opened = Promise.all(rows.map((row) => dataset.at(row)));
    opened.catch(() => undefined); // reported when its turn comes
    return opened;
  };
  const ids: string[] = [];
  const labels: (number | undefined)[] = [];
  let latents: NDArray<"f32"> | undefined;
  let next = open(0);
  for (let done = 0; done < dataset.length; ) {
    const examples = await next;
    if (signal?.aborted)
      throw new GMemError("ABORTED", "encodeDataset: stopped by its signal", { cause: signal.reason });
    const after = done + examples.length;
    if (after < dataset.length) next = open(after);
    const images = stackImages(examples);
    const part = await tokenizer.encode({ ...images, data: images.data.map((value) => 2 * value - 1) });
    latents ??= {
      dtype: "f32",
      shape: [dataset.length, ...part.shape.slice(1)],
      data: new Float32Array(dataset.length * sizeOf(part.shape.slice(1))),
    };
    if (part.data.length !== examples.length * sizeOf(latents.shape.slice(1)))
      throw new ShapeError(
        "encodeDataset",
        `${tokenizer.name} must give latents of one size; give the dataset a size`,
        [part.shape, latents.shape],
      );
    latents.data.set(part.data, done * sizeOf(latents.shape.slice(1)));
    for (const example of examples) {
      ids.push(example.id);
      labels.push(example.label);
    }
    done = after;
    onProgress?.(done, dataset.length);
  }
  const known = labels.filter((label) => label !== undefined);
  return {
    latents: latents as NDArray<"f32">,
    ids,
    ...(known.length === ids.length && { labels: Int32Array.from(known) }),
  };
}
