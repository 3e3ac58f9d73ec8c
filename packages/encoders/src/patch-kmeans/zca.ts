import { array, type NDArray } from "@gmem/tensor";
import { matmulF64, RunningMoments, symmetricEigen } from "@gmem/tensor/linalg";

/** Added to eigenvalues of normalised patches (Coates & Ng 2012). */
const zcaEpsilon = 0.1;

export interface Whitening {
  /** [P,P], symmetric. */
  readonly weight: NDArray<"f32">;
  /** [P]. */
  readonly mean: NDArray<"f32">;
}

/**
 * ZCA whitening of patches [n,P]: z = V (Λ + ε)^(−1/2) Vᵀ (x − μ), the whitening that stays closest to the patch.
 */
export async function zca(patches: NDArray<"f32">): Promise<Whitening> {
  const p = patches.shape[1] as number;
  const moments = new RunningMoments(p).add(patches.data);
  const covariance = moments.scatter.map((value) => value / moments.count);
  const { values, vectors } = await symmetricEigen(covariance, p); // V: column k belongs to value k
  const scaled = vectors.map((value, i) => value / Math.sqrt(Math.max(values[i % p] as number, 0) + zcaEpsilon));
  const weight = matmulF64(scaled, vectors, { m: p, k: p, n: p, transposeB: true }); // V D Vᵀ  [P,P]
  return { weight: array(Float32Array.from(weight), [p, p]), mean: array(Float32Array.from(moments.mean)) };
}

/** z of every patch, [n,P]. */
export function whiten({ weight, mean }: Whitening, patches: NDArray<"f32">): NDArray<"f32"> {
  const [n, p] = patches.shape as [number, number];
  const centred = patches.data.map((value, i) => value - (mean.data[i % p] as number));
  return array(Float32Array.from(matmulF64(centred, weight.data, { m: n, k: p, n: p, transposeB: true })), [n, p]);
}
