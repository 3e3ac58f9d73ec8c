import type { Named, NDArray } from "@gmem/tensor";
import type { PlainValue } from "./flatten-checkpoint.ts";
import type { TensorEntry } from "./header.ts";
import type { TorchLayout } from "./torch-content.ts";
import type { WeightsFormat } from "./weights-format.ts";

/** An open file of weights of any format: names and shapes are in memory, tensors are read when asked for. */
export interface WeightsFile {
  readonly path: string;
  readonly format: WeightsFormat;
  /** Of a torch file: a zip, or pickles in a row, as before torch 1.6. */
  readonly layout?: TorchLayout;
  /** Bytes on the disk, of all its files. */
  readonly size: number;
  /** Element type as stored, and shape, by name. */
  readonly tensors: Named<TensorEntry>;
  /** Everything that is not a tensor: metadata of safetensors, plain values of torch checkpoints. */
  readonly values: Named<PlainValue>;
  /** A whole tensor. F16 and BF16 become f32, F64 f64, integers i32, or f64 where they need it. */
  read(name: string): Promise<NDArray>;
  close(): Promise<void>;
}
