import type { ModelPart } from "@gmem/nn";
import type { GMemError, Shape } from "@gmem/tensor";
import type { TensorDifferences } from "@gmem/weights";
import type { WorkOptions } from "../progress.ts";

/** A tensor of the source and what becomes of it. */
export interface TensorFate {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  readonly becomes: ModelPart | "not used";
  /** Its name afterwards, where that is another one. */
  readonly as?: string;
}

/** What was done, for a person or as JSON. */
export interface Converted {
  /** Everything that was written. */
  readonly out: readonly string[];
  readonly notes: readonly string[];
  /** Arguments of `gmem-train` that go on from here. */
  readonly next: readonly string[];
}

/** A conversion that has been looked at and not begun. */
export interface Conversion {
  /** Source and result in a line. */
  readonly about: string;
  /** Which network of the source was taken. */
  readonly weights?: string;
  readonly tensors: readonly TensorFate[];
  readonly differences?: TensorDifferences;
  /** What was taken for granted; each sentence begins with the option that decides it. */
  readonly assumed: readonly string[];
  /** Why it cannot be done. */
  readonly problem?: GMemError;
  /** Reads all that `write` would write, and writes nothing. @throws {GMemError} naming what is wrong with it. */
  verify?(): Promise<void>;
  write(): Promise<Converted>;
  close(): Promise<void>;
}

/** Options of `gmem-train convert`. */
export interface ConvertOptions {
  readonly bank?: string;
  readonly family?: string;
  readonly heads?: number;
  readonly crossHeads?: number;
  readonly latent?: string;
  readonly classes?: number;
  readonly time?: string;
  readonly tap?: number;
  readonly weights?: string;
  readonly perClass?: number;
  readonly pick?: string;
  readonly seed?: number;
  readonly adapter?: string;
  readonly dtype?: string;
}

/** What a conversion is made of: paths, `key=value` settings applied last, and options. */
export interface ConversionRequest {
  readonly source: string;
  readonly out: string;
  readonly settings: readonly string[];
  readonly options: ConvertOptions;
  readonly work?: WorkOptions;
}
