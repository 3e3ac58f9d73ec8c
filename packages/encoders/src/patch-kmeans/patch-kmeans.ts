import type { Encoder } from "@gmem/spec";
import {
  constant,
  type Engine,
  type NDArray,
  referenceEngine,
  type Shape,
  ShapeError,
  type Tensor,
} from "@gmem/tensor";
import { contentHash } from "../network/content-hash.ts";
import { type BatchProgram, batchProgram } from "./batch-program.ts";
import { patchFeatures, pooledFeatures } from "./features.ts";
import { type PatchKmeansWeights, sizesOf } from "./weights.ts";

/** An {@link Encoder} with tokens of patches besides. */
export interface PatchKmeansEncoder extends Required<Encoder> {
  /** Tokens [N,grid²,K] of images [N,3,H,W] in [0, 1], in rows: targets for REPA without a downloaded network. */
  patchTokens(images: NDArray<"f32">, options: { readonly grid: number }): Promise<NDArray<"f32">>;
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
  const programs = new Map<string, Promise<BatchProgram>>();
  const programFor = (
    { height, width }: ReturnType<typeof check>,
    [name, features]: readonly [name: string, features: (x: Tensor) => Tensor],
  ): Promise<BatchProgram> => {
    const size = `${name} ${height}x${width}`;
    const program = programs.get(size) ?? batchProgram(engine, { height, width }, features);
    programs.set(size, program);
    return program;
  };
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
      return (await programFor(check("patchKmeans.encode", images.shape), ["features", network])).run(images);
    },
    async patchTokens(images, { grid }) {
      const tokens = (x: Tensor): Tensor => patchFeatures(dictionary, x, grid); // [N,T,K]
      return (await programFor(check("patchKmeans.patchTokens", images.shape), [`tokens ${grid}`, tokens])).run(images);
    },
  };
}

/** @throws {ShapeError} unless images are [N,3,H,W]. */
function check(where: string, shape: Shape): { readonly height: number; readonly width: number } {
  const [n, channels, height, width] = shape;
  if (shape.length !== 4 || channels !== 3 || n === undefined || !height || !width)
    throw new ShapeError(where, "needs images [N,3,H,W] in [0, 1]", [shape]);
  return { height, width };
}
