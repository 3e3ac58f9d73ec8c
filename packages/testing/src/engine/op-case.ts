import type { NDArray, Tensor } from "@gmem/tensor";

/** One use of an operation on small inputs, away from kinks and ties. */
export interface OpCase {
  readonly name: string;
  readonly inputs: readonly NDArray[];
  readonly build: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  /** The operation has no gradient by definition: it is zero. */
  readonly flat?: boolean;
}
