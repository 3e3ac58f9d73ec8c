import type { Named, NDArray } from "@gmem/tensor";
import { matchWeights } from "@gmem/weights";
import { heads } from "../network/heads.ts";
import type { Dinov2Config } from "./config.ts";
import { dinov2Blocks } from "./original-names.ts";
import { dinov2Parameters } from "./parameters.ts";

/**
 * The parameters of a DINOv2 out of a checkpoint's tensors, of facebookresearch/dinov2 or of Hugging Face; the mask token,
 * which images do not need, and heads of a task may be there.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export const dinov2Weights = (config: Dinov2Config, weights: Named<NDArray>): Named<NDArray<"f32">> =>
  matchWeights(dinov2Blocks(weights), {
    where: config.name,
    parameters: dinov2Parameters(config),
    ignored: new RegExp(`^mask_token$|${heads.source}`),
  });
