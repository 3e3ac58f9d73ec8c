import type { Bank } from "@gmem/memory-bank";
import type { TextEncoder, TrainingSet } from "@gmem/spec";
import type { Engine, NDArray } from "@gmem/tensor";
import type { RunFiles } from "../folder/run-files.ts";
import type { DataFacts } from "../parts/all-images.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import type { OpenTokenizer } from "../parts/tokenizer-kind.ts";
import type { WorkOptions } from "../progress.ts";
import type { DataSource } from "./data-source.ts";

/** What a run trains on and what it is measured on. */
export interface TrainingData extends DataFacts {
  readonly train: TrainingSet;
  readonly heldOut: TrainingSet;
  /** Of the held-out rows, where the data has labels. */
  readonly heldOutLabels?: ArrayLike<number>;
  /** For people. */
  readonly about: string;
  /** Only where snippets condition the model; the encoder only where pictures are at hand. */
  readonly memory?: { readonly bank: Bank; readonly encoderId: string; readonly encoder?: OpenEncoder };
  /** Widths of REPA's targets, one for each encoder, where the run trains with them. */
  readonly targetWidths?: readonly number[];
  /** Id of the text encoder that the captions' vectors are of. */
  readonly textEncoderId?: string;
  /** The first caption of held-out rows, where text conditions the model. */
  captions?(rows: Int32Array): Promise<readonly string[]>;
  /** Held-out pictures [n,3,H,W] ∈ [0,1]. */
  pictures(rows: Int32Array): Promise<NDArray<"f32">>;
  close(): Promise<void>;
}

export interface PrepareOptions extends WorkOptions {
  readonly engine: Engine;
  readonly source: DataSource;
  readonly files: RunFiles;
  readonly tokenizer: OpenTokenizer;
  /** Of runs that are conditioned on text. */
  readonly textEncoder?: TextEncoder | undefined;
  readonly hasBegun?: boolean;
}

/** {@link PrepareOptions} of a run on pictures. */
export type PrepareImages = PrepareFrom<"images">;

/** {@link PrepareOptions} of a run on one kind of source. */
export type PrepareFrom<Kind> = PrepareOptions & { readonly source: Extract<DataSource, { kind: Kind }> };
