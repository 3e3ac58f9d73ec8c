import type { NDArray } from "@gmem/tensor";

/** M ∈ ℝ^{size×d}: unit rows. Immutable; edits return new banks over shared storage. */
export interface MemoryBank {
  readonly size: number;
  /** d. */
  readonly dim: number;
  /** r, when rows are stored as factors (eq. 2). */
  readonly rank?: number;
  readonly encoderId: string;
  readonly labels?: Int32Array;
  /** Unit snippets [rows,d]; read from disk by slice when the bank lives there. */
  at(rows: Int32Array): Promise<NDArray<"f32">>;
  /** Rows for z ~ N(0,I) [N,C,H,W], i = Φ(z) (§4.3 ii). */
  indexOf(noise: NDArray<"f32">): Int32Array;
}
