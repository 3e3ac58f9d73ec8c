import type { NDArray } from "@gmem/tensor";

/** One vector for each caption of a dataset, in the order of its rows. */
export interface CaptionVectors {
  /** Width of a vector, of the text encoder. */
  readonly dim: number;
  /** `id` of the text encoder that they are of. */
  readonly encoderId: string;
  /** [M,dim], M captions of all rows together. */
  readonly vectors: NDArray<"f32">;
  /** [N+1]: row i has the vectors `first[i]` up to, not including, `first[i+1]`; none where it has no caption. */
  readonly first: Int32Array;
}
