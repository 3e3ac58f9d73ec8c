import type { NDArray } from "@gmem/tensor";

/** A vector for each caption of a dataset. */
export interface CaptionVectors {
  /** Width of a vector, of the text encoder. */
  readonly dim: number;
  /** `id` of the text encoder that they are of. */
  readonly encoderId: string;
  /** [U,dim], of each caption in the order of rows, or of each different one where `which` says whose it is. */
  readonly vectors: NDArray<"f32">;
  /** [N+1]; row i has the captions `first[i]` up to, not including, `first[i+1]`; none where nothing is said. */
  readonly first: Int32Array;
  /** [M], the vector of each caption; without it caption i has vector i. */
  readonly which?: Int32Array;
}
