import { array, type NDArray } from "@gmem/tensor";
import { type BlockMoments, symmetricEigen } from "@gmem/tensor/linalg";

/**
 * The d principal axes of features as rows [d,F], each with its largest entry positive. With `whiten`, row k is divided by
 * √(λ_k + whiten·λ_1): strong directions count less, weak ones are not blown up.
 */
export async function principalAxes(
  moments: BlockMoments,
  options: { readonly dim: number; readonly whiten: number | false },
): Promise<NDArray<"f32">> {
  const { dim, whiten } = options;
  const width = moments.mean.length;
  const covariance = moments.scatter.map((value) => value / moments.count);
  const { values, vectors } = await symmetricEigen(covariance, width);
  const axes = new Float32Array(dim * width);
  for (let k = 0; k < dim; k++) {
    let largest = 0;
    for (let i = 0; i < width; i++) {
      const value = vectors[i * width + k] as number;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    const strength =
      whiten === false ? 1 : Math.sqrt(Math.max(values[k] as number, 0) + whiten * (values[0] as number));
    const factor = Math.sign(largest) / (strength || 1);
    for (let i = 0; i < width; i++) axes[k * width + i] = (vectors[i * width + k] as number) * factor;
  }
  return array(axes, [dim, width]);
}
