import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError, type Named, type NDArray, sizeOf } from "@gmem/tensor";
import { stackImages } from "../load-images.ts";
import type { Orientation, TrainingSetParts } from "../training-set.ts";

export interface EncodeImagesOptions {
  /** As of `writeLatents`. */
  readonly encode: (images: NDArray<"f32">, rows: Int32Array) => Promise<Named<NDArray<"f32">>>;
  /** Images encoded at once; default 64. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Encodes a dataset into memory: what `writeLatents` and `openLatents` do on disk.
 * @throws {GMemError} code `DATA` for an empty dataset, `ABORTED` when the signal fires.
 * @example
 * const data = { name: "grey", length: 4, at: async (i: number) => ({ image: full([3, 8, 8], 0.5), id: `${i}` }) };
 * const { latents } = await encodeImages(data, { encode: async (images) => ({ latents: images }) }); // [4,3,8,8]
 */
export async function encodeImages(
  dataset: Dataset<ImageExample>,
  options: EncodeImagesOptions,
): Promise<TrainingSetParts & { readonly latents: NDArray<"f32"> }> {
  const { encode, batchSize = 64, signal, onProgress } = options;
  const count = dataset.length;
  if (count === 0)
    throw new GMemError("DATA", `encodeImages: the dataset must have examples, got 0 in ${dataset.name}`);
  const open = (from: number): Promise<ImageExample[]> => {
    const opened = Promise.all(
      Array.from({ length: Math.max(0, Math.min(batchSize, count - from)) }, (_, i) => dataset.at(from + i)),
    );
    opened.catch(() => undefined); // reported when its turn comes
    return opened;
  };
  const whole: Record<string, NDArray<"f32">> = {};
  const labels: (number | undefined)[] = [];
  let next = open(0);
  for (let done = 0; done < count; ) {
    const examples = await next;
    if (signal?.aborted)
      throw new GMemError("ABORTED", "encodeImages: stopped by its signal", { cause: signal.reason });
    next = open(done + examples.length);
    const rows = Int32Array.from(examples, (_, i) => done + i);
    for (const [name, part] of Object.entries(await encode(stackImages(examples), rows))) {
      const shape = [count, ...part.shape.slice(1)];
      whole[name] ??= { dtype: "f32", shape, data: new Float32Array(sizeOf(shape)) };
      whole[name].data.set(part.data, (done * part.data.length) / examples.length);
    }
    for (const { label } of examples) labels.push(label);
    done += examples.length;
    onProgress?.(done, count);
  }
  const known = labels.filter((label) => label !== undefined);
  return { ...partsOf(whole), ...(known.length === count && { labels: Int32Array.from(known) }) };
}

/** Arrays under the names of stored latents as the parts of a training set. */
export function partsOf<Rows>(
  named: Readonly<Record<string, Rows>>,
): Parts<Rows> & { readonly mirrored?: Parts<Rows> } {
  const orientation = (suffix: string): Parts<Rows> => {
    const [deviations, snippets, targets] = ["deviations", "snippets", "targets"].map((name) => named[name + suffix]);
    const latents = named[`latents${suffix}`] as Rows;
    return { latents, ...(deviations && { deviations }), ...(snippets && { snippets }), ...(targets && { targets }) };
  };
  return { ...orientation(""), ...(named.latents_flip && { mirrored: orientation("_flip") }) };
}

type Parts<Rows> = { readonly latents: Rows } & { readonly [K in Exclude<keyof Orientation, "latents">]?: Rows };
