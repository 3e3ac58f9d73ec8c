import { cast, clamp, constant, type NDArray, type Tensor } from "@gmem/tensor";

/**
 * Separable resampling of x [N,C,H,W] in [0, 1] by matrices [h,H] and [w,W] as Pillow does it with images of 8 bits: columns
 * first, rounded after each pass. [N,C,h,w].
 */
export function pillowResample(x: Tensor, rows: NDArray<"f32">, columns: NDArray<"f32">): Tensor {
  const across = toBytes(x.mul(255).matmul(constant(columns), { transposeB: true })); // [N,C,H,w]
  return toBytes(constant(rows).matmul(across)).div(255); // [N,C,h,w]
}

/** Rounded half up to whole numbers in 0…255. */
const toBytes = (x: Tensor): Tensor => cast(cast(clamp(x, 0, 255).add(0.5), "i32"), "f32");
