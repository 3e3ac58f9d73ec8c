import type { NDArray, Rng } from "@gmem/tensor";
import type { LatentShape } from "./backbone.ts";

/** Random access to examples; order, shuffling and resume belong to `batches()`. */
export interface Dataset<Example> {
  /** Identifies kind and content for run folders, e.g. "folder:photos". */
  readonly name: string;
  readonly length: number;
  at(index: number): Promise<Example>;
  /** Captions of an example without decoding its picture: what `at(index)` returns as `captions`, none as []. */
  captionsAt?(index: number): Promise<readonly string[]>;
}

/** One image and what is known about it. */
export interface ImageExample {
  /** [3,H,W], values in [0, 1]. */
  readonly image: NDArray<"f32">;
  readonly label?: number;
  /** What the picture shows, in sentences of equal rank; absent or empty where nothing is said. None is blank. */
  readonly captions?: readonly string[];
  /** Stable name of the source: a relative path, a record number. */
  readonly id: string;
}

/** What a training step sees of the data. */
export interface Batch {
  /** Rows of the dataset, [N]. */
  readonly index: Int32Array;
  /** [N,C,H,W], in the tokenizer's latent space; absent where an objective reads none. */
  readonly latents?: NDArray<"f32">;
  /** [N,d] unit rows. */
  readonly snippets?: NDArray<"f32">;
  readonly labels?: Int32Array;
  /** [N,dim], of each row one caption's vector, drawn by the batch's rng; zeros (the null text) for a row without captions. */
  readonly texts?: NDArray<"f32">;
  /** Tokens [N,T,width] of image encoders, for the REPA loss: one array for each of the model's projectors. */
  readonly targets?: readonly NDArray<"f32">[];
}

/** A batch with latents, as a set of pictures gives it. */
export interface LatentBatch extends Batch {
  readonly latents: NDArray<"f32">;
}

/** Latents, labels and snippets by row: what training draws its batches from. */
export interface TrainingSet {
  readonly length: number;
  readonly latent: LatentShape;
  /** `rng` draws what differs between visits of one row: flips, posterior samples. Without it every visit is the same. */
  batch(index: Int32Array, rng?: Rng): Promise<Batch>;
}

/** A training set whose batches have latents. */
export interface LatentTrainingSet extends TrainingSet {
  batch(index: Int32Array, rng?: Rng): Promise<LatentBatch>;
}
