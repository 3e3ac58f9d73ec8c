import type { Dataset, ImageExample } from "@gmem/spec";
import {
  checkFinite,
  GMemError,
  type Named,
  type NDArray,
  ShapeError,
  sameShape,
  sizeOf,
  stopIfAborted,
} from "@gmem/tensor";
import { exampleBatches } from "../example-batches.ts";
import type { Orientation, TrainingSetParts } from "../training-set.ts";

export interface EncodeImagesOptions {
  /** As of `writeLatents`. */
  readonly encode: (images: NDArray<"f32">, rows: Int32Array) => Promise<Named<NDArray<"f32">>>;
  /** Images encoded at once; default 64. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** What training takes, and the ids of the images. */
export interface EncodedImages extends TrainingSetParts {
  readonly latents: NDArray<"f32">;
  /** [N]; absent unless every example has one. */
  readonly labels?: Int32Array;
  readonly ids: readonly string[];
}

/**
 * Encodes a dataset into memory: what `writeLatents` and `openLatents` do on disk.
 * @throws {ShapeError} if images, or what is made of them, differ in size; {GMemError} code `DATA` for an empty dataset,
 * `ABORTED` when the signal fires, `NON_FINITE` naming the image whose latents or features are not finite.
 * @example
 * const data = { name: "grey", length: 4, at: async (i: number) => ({ image: full([3, 8, 8], 0.5), id: `${i}` }) };
 * const { latents } = await encodeImages(data, { encode: async (images) => ({ latents: images }) }); // [4,3,8,8]
 */
export async function encodeImages(
  dataset: Dataset<ImageExample>,
  options: EncodeImagesOptions,
): Promise<EncodedImages> {
  const { encode, batchSize = 64, signal, onProgress } = options;
  const count = dataset.length;
  if (count === 0)
    throw new GMemError("DATA", `encodeImages: the dataset must have examples, got 0 in ${dataset.name}`);
  const whole: Record<string, NDArray<"f32">> = {};
  const ids: string[] = [];
  const labels: number[] = [];
  for await (const { rows, images, examples } of exampleBatches(dataset, { batchSize })) {
    stopIfAborted(signal, "encodeImages: stopped by its signal");
    const encoded = await encode(images, rows);
    checkEncoded(encoded, examples);
    for (const [name, part] of Object.entries(encoded)) {
      const shape = [count, ...part.shape.slice(1)];
      whole[name] ??= { dtype: "f32", shape, data: new Float32Array(sizeOf(shape)) };
      if (!sameShape(whole[name].shape, shape))
        throw new ShapeError("encodeImages", `${name} must be of one size; give the dataset a size`, [
          part.shape,
          whole[name].shape,
        ]);
      whole[name].data.set(part.data, ids.length * sizeOf(shape.slice(1)));
    }
    for (const { id, label } of examples) {
      ids.push(id);
      if (label !== undefined) labels.push(label);
    }
    onProgress?.(ids.length, count);
  }
  return { ...partsOf(whole), ids, ...(labels.length === count && { labels: Int32Array.from(labels) }) };
}

/** @throws {GMemError} code `NON_FINITE` naming the image of a row that is not finite. */
export function checkEncoded(encoded: Named<NDArray>, examples: readonly Pick<ImageExample, "id">[]): void {
  const row = (i: number): string => examples[i]?.id ?? `image ${i}`;
  checkFinite(encoded, { where: "encode", remedy: "leave this image out, or check the weights", row });
}

/** Arrays under the names of stored latents as the parts of a training set. */
export function partsOf<Rows>(
  named: Readonly<Record<string, Rows>>,
): Parts<Rows> & { readonly mirrored?: Parts<Rows> } {
  const orientation = (suffix: string): Parts<Rows> => {
    const [deviations, snippets] = [named[`deviations${suffix}`], named[`snippets${suffix}`]];
    const latents = named[`latents${suffix}`] as Rows;
    const targets: Rows[] = [];
    for (let rows = named[targetsName(0) + suffix]; rows; rows = named[targetsName(targets.length) + suffix])
      targets.push(rows);
    return {
      latents,
      ...(deviations && { deviations }),
      ...(snippets && { snippets }),
      ...(targets.length > 0 && { targets }),
    };
  };
  return { ...orientation(""), ...(named.latents_flip && { mirrored: orientation("_flip") }) };
}

/** What the tokens of the i-th encoder are stored as: `targets`, `targets.1`, `targets.2` …. */
export const targetsName = (i: number): string => (i === 0 ? "targets" : `targets.${i}`);

type Parts<Rows> = { readonly latents: Rows; readonly targets?: readonly Rows[] } & {
  readonly [K in Exclude<keyof Orientation, "latents" | "targets">]?: Rows;
};
