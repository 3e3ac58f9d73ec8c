import { type Named, sizeOf } from "@gmem/tensor";
import { bitsOf } from "./element.ts";
import type { PlainValue } from "./flatten-checkpoint.ts";
import type { TensorEntry } from "./header.ts";
import { openAllWeights } from "./open-all-weights.ts";
import type { TorchLayout } from "./torch-content.ts";
import type { WeightsFormat } from "./weights-format.ts";

/** What a file of weights holds, without its numbers. */
export interface Description {
  readonly path: string;
  readonly format: WeightsFormat;
  /** Of a torch file: a zip, or pickles in a row, as before torch 1.6. */
  readonly layout?: TorchLayout;
  readonly tensors: Named<TensorEntry>;
  /** Everything that is not a tensor: metadata of safetensors, plain values of torch checkpoints. */
  readonly values: Named<PlainValue>;
  /** Elements of all tensors. */
  readonly elements: number;
  /** Bytes of all tensors as stored, shared ones counted each time, those of unknown element types not. */
  readonly bytes: number;
}

/**
 * Describes a file of weights of any format, told by its content, or a checkpoint in several files by its index or folder;
 * only headers are read where the format allows it.
 * @throws {WeightsError} code `FORMAT` for a malformed file, `WEIGHTS` for one that cannot be read.
 * @example
 * await writeSafetensors("a.safetensors", { w: array([1, 2, 3, 4], [2, 2]) });
 * const { format, tensors, elements } = await describeWeights("a.safetensors"); // safetensors, w F32 [2,2], 4
 */
export async function describeWeights(path: string): Promise<Description> {
  const { format, layout, tensors, values, close } = await openAllWeights(path);
  await close();
  const counts = Object.values(tensors).map(({ dtype, shape }) => ({
    count: sizeOf(shape),
    width: (bitsOf(dtype) ?? 0) / 8,
  }));
  return {
    path,
    format,
    ...(layout && { layout }),
    tensors,
    values,
    elements: counts.reduce((sum, { count }) => sum + count, 0),
    bytes: counts.reduce((sum, { count, width }) => sum + count * width, 0),
  };
}
