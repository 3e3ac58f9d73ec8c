import { constant, type NDArray, type Tensor } from "@gmem/tensor";

/** Separable resampling of x [N,C,H,W] by matrices [h,H] and [w,W]: R x Cᵀ, [N,C,h,w]. */
export function resample(x: Tensor, rows: NDArray<"f32">, columns: NDArray<"f32">): Tensor {
  const across = x.matmul(constant(columns), { transposeB: true }); // [N,C,H,w]
  return constant(rows).matmul(across); // [N,C,h,w]
}
