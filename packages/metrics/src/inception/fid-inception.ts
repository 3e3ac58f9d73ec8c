import type { FeatureExtractor } from "@gmem/spec";
import {
  checkFinite,
  type Engine,
  type Named,
  type NDArray,
  type RowNetwork,
  rowRunner,
  ShapeError,
} from "@gmem/tensor";
import { contentHash } from "@gmem/weights";
import { checkUnitImages } from "../images/pixel-range.ts";
import { type InceptionResize, inceptionFeatures, inceptionInput, inceptionLogits } from "./inception.ts";

export interface FidInceptionOptions {
  readonly engine: Engine;
  /** Tensors of `pt_inception-2015-12-05-6726825d.pth`. */
  readonly weights: Named<NDArray>;
  /** Default `tf1`, as the published numbers. */
  readonly resize?: InceptionResize;
  /** Images of one call of the engine; default 16. */
  readonly batchSize?: number;
}

/** What one pass gives for every metric of the evaluator. */
export interface FidFeatures {
  /** Features [N,2048] for FID, KID, precision and recall. */
  readonly pool: NDArray<"f32">;
  /** Features [N,2023], 17 × 17 positions, the 7 channels of each side by side as in ADM's `mu_s`, `sigma_s`: for sFID. */
  readonly spatial: NDArray<"f32">;
  /** Logits [N,1008], without the bias: for the Inception score. */
  readonly logits: NDArray<"f32">;
}

/** How ids of these features begin. */
export const inceptionPrefix = (resize = ""): string => `inception-2015-12-05-${resize}`;

/** FID's network on an engine. */
export interface FidInception {
  readonly name: "inception";
  /** Names network, pre-processing and weights; statistics of another id do not compare. */
  readonly id: string;
  readonly widths: Required<FeatureExtractor["widths"]>;
  /**
   * @throws {ShapeError} for anything but images [N,3,H,W]. @throws {GMemError} code `DATA` for values outside [0, 1],
   * `NON_FINITE`.
   */
  features(images: NDArray<"f32">): Promise<FidFeatures>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** The tensors that {@link inceptionFeatures} and the Inception score read; `fc.bias` is not one of them. */
const used = /\.conv\.weight$|\.bn\.(weight|bias|running_mean|running_var)$|^fc\.weight$/;

/**
 * FID's Inception over any number of images: one pass gives the features of FID, sFID, KID, precision, recall and the
 * Inception score.
 * @throws {GMemError} code `NON_FINITE` for such weights; from `features`: `WEIGHTS` for a missing parameter.
 * @example
 * // no-run
 * const inception = await fidInception({ engine: await onnxEngine(), weights });
 * const { pool, logits } = await inception.features(images);
 * const distance = await frechetDistance(await featureStatistics(pool), reference);
 */
export async function fidInception(options: FidInceptionOptions): Promise<FidInception> {
  const { engine, weights, resize = "tf1", batchSize = 16 } = options;
  const parameters = Object.fromEntries(Object.entries(weights).filter(([name]) => used.test(name)));
  checkFinite(parameters, { where: "fidInception", remedy: "fetch the weights again" });
  const runner = rowRunner({ engine, batchSize, parameters });
  const network: RowNetwork<keyof FidFeatures> = (p, x) => {
    const { pool, spatial } = inceptionFeatures(p, inceptionInput(x, resize));
    const byPosition = spatial.transpose([0, 2, 3, 1]); // [N,17,17,7], as the graph of 2015 lays it out
    return { pool, spatial: byPosition.reshape([x.shape[0] as number, -1]), logits: inceptionLogits(p, pool) };
  };
  const [classes = 0, width = 0] = parameters["fc.weight"]?.shape ?? [];
  return {
    name: "inception",
    id: `${inceptionPrefix(resize)}-${contentHash(parameters)}`,
    widths: { features: width, spatial: 7 * 17 * 17, logits: classes },
    async features(images) {
      const [n = 0] = images.shape;
      if (images.shape.length !== 4 || n === 0 || images.shape[1] !== 3)
        throw new ShapeError("fidInception.features", "needs images [N,3,H,W] in [0, 1]", [images.shape]);
      checkUnitImages("fidInception.features", images);
      return runner.run(images, { name: "features", network });
    },
    dispose: () => runner.dispose(),
  };
}
