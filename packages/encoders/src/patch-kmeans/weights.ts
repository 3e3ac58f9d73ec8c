import { GMemError, type Named, type NDArray } from "@gmem/tensor";

/** What fitting learns. P = 3·patch², F = K·pooling². */
export interface PatchKmeansWeights extends Named<NDArray<"f32">> {
  /** ZCA of normalised patches, [P,P]. */
  readonly "zca.weight": NDArray<"f32">;
  /** [P]. */
  readonly "zca.mean": NDArray<"f32">;
  /** Dictionary of whitened patches, [K,P]. */
  readonly centroids: NDArray<"f32">;
  /** Principal axes, scaled when whitening was asked for, [d,F]. */
  readonly "pca.weight": NDArray<"f32">;
  /** [F]. */
  readonly "pca.mean": NDArray<"f32">;
}

export interface PatchKmeansSizes {
  /** Side of a patch. */
  readonly patch: number;
  /** K. */
  readonly clusters: number;
  /** Cells a side. */
  readonly pooling: number;
  /** d. */
  readonly dim: number;
}

/** Reads the sizes off the weights' shapes. @throws {GMemError} code `WEIGHTS` if they do not fit together. */
export function sizesOf(weights: Named<NDArray>): PatchKmeansSizes {
  const shape = (name: string): readonly number[] =>
    Object.hasOwn(weights, name) ? (weights[name] as NDArray).shape : [];
  const [clusters = 0, p = 0] = shape("centroids");
  const [dim = 0, features = 0] = shape("pca.weight");
  const patch = Math.round(Math.sqrt(p / 3));
  const pooling = Math.round(Math.sqrt(features / clusters));
  const expected: Named<readonly number[]> = {
    "zca.weight": [p, p],
    "zca.mean": [p],
    centroids: [clusters, 3 * patch ** 2],
    "pca.weight": [dim, clusters * pooling ** 2],
    "pca.mean": [features],
  };
  for (const [name, want] of Object.entries(expected))
    if (String(shape(name)) !== String(want) || weights[name]?.dtype !== "f32" || want.includes(0))
      throw new GMemError(
        "WEIGHTS",
        `patchKmeans: "${name}" must be f32 [${want}], got ${weights[name]?.dtype ?? "nothing"} [${shape(name)}]`,
      );
  return { patch, clusters, pooling, dim };
}
