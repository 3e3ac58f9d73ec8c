import type { Encoder } from "@gmem/spec";
import {
  constant,
  type Engine,
  type NDArray,
  referenceEngine,
  rowRunner,
  type Shape,
  ShapeError,
  type Tensor,
} from "@gmem/tensor";
import { contentHash } from "@gmem/weights";
import { batchSize } from "./batch-size.ts";
import { patchFeatures, pooledFeatures } from "./features.ts";
import { type PatchKmeansWeights, sizesOf } from "./weights.ts";

/** An {@link Encoder} with tokens of patches besides. */
export interface PatchKmeansEncoder extends Required<Encoder> {
  /** Tokens [N,grid²,K] of images [N,3,H,W] in [0, 1], in rows: targets for REPA without a downloaded network. */
  patchTokens(images: NDArray<"f32">, options: { readonly grid: number }): Promise<NDArray<"f32">>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/**
 * The encoder that {@link fitPatchKmeans} learned: f(x) = A (pooled triangle activations − μ), [N,d]. Images may have
 * another size than those it was learned from; each size is compiled once.
 * @param options.engine Default {@link referenceEngine}, which suits a few small images only.
 * @throws {GMemError} code `WEIGHTS` if arrays are missing or their shapes do not fit together.
 * @example
 * const images = key(1).uniform([9, 3, 8, 8]);
 * const encoder = patchKmeans(await fitPatchKmeans(images, { dim: 3, clusters: 4, patchSize: 3, patches: 40 }));
 * encoder.id; // "patch-kmeans-" and 16 digits of the weights' hash
 */
export function patchKmeans(
  weights: PatchKmeansWeights,
  options: { readonly engine?: Engine } = {},
): PatchKmeansEncoder {
  const { patch, pooling, dim } = sizesOf(weights);
  const engine = options.engine ?? referenceEngine();
  const dictionary = {
    whitening: { weight: weights["zca.weight"], mean: weights["zca.mean"] },
    centroids: weights.centroids,
    patch,
    pooling,
  };
  const network = (x: Tensor): Tensor =>
    pooledFeatures(dictionary, x)
      .sub(constant(weights["pca.mean"]))
      .matmul(constant(weights["pca.weight"]), { transposeB: true }); // [N,d]
  const runner = rowRunner({ engine, batchSize });
  return {
    name: "patch-kmeans",
    dim,
    id: `patch-kmeans-${contentHash(weights)}`,
    network: {
      parameters: {}, // what was learned stands in the graph as constants, folded with one another
      apply(_, x) {
        check("patchKmeans.network", x.shape);
        return network(x);
      },
    },
    async encode(images) {
      check("patchKmeans.encode", images.shape);
      const { y } = await runner.run(images, { name: "features", network: (_, x) => ({ y: network(x) }) });
      return y;
    },
    async patchTokens(images, { grid }) {
      check("patchKmeans.patchTokens", images.shape);
      const { tokens } = await runner.run(images, {
        name: `tokens ${grid}`,
        network: (_, x) => ({ tokens: patchFeatures(dictionary, x, grid) }), // [n,T,K]
      });
      return tokens;
    },
    dispose: () => runner.dispose(),
  };
}

/** @throws {ShapeError} unless images are [N,3,H,W]. */
function check(where: string, shape: Shape): void {
  const [n, channels, height, width] = shape;
  if (shape.length !== 4 || channels !== 3 || n === undefined || !height || !width)
    throw new ShapeError(where, "needs images [N,3,H,W] in [0, 1]", [shape]);
}
