import { array, type NDArray } from "@gmem/tensor";

/** Distinct float32 numbers in low … high, the same each time, in no order. */
export function spread(shape: readonly number[], low = -2, high = 2): NDArray<"f32"> {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => {
    const unit = (((i + 1) * 0.6180339887498949) % 1) * 0.9 + 0.05; // golden ratio: neighbours are far apart
    return low + (high - low) * unit;
  });
  return array(values, shape);
}
