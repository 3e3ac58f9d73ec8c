import type { Named, NDArray } from "@gmem/tensor";
import { matchWeights } from "@gmem/weights";
import type { ClipConfig } from "./config.ts";
import { clipBlocks } from "./original-names.ts";
import { clipImageParameters, clipTextParameters } from "./parameters.ts";

/**
 * The parameters of the image tower out of a checkpoint's tensors, of openai/CLIP or of Hugging Face; the other tower's may
 * be there.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export const clipImageWeights = (config: ClipConfig, weights: Named<NDArray>): Named<NDArray<"f32">> =>
  matchWeights(clipBlocks(weights), {
    where: config.name,
    parameters: clipImageParameters(config),
    ignored: /^(?!visual\.)/,
  });

/**
 * The parameters of the text tower, as {@link clipImageWeights}; numbers that state its sizes may be there besides.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export const clipTextWeights = (config: ClipConfig, weights: Named<NDArray>): Named<NDArray<"f32">> =>
  matchWeights(clipBlocks(weights), {
    where: config.name,
    parameters: clipTextParameters(config),
    ignored: /^(visual\.|vision_model\.|(input_resolution|context_length|vocab_size|.*\.position_ids)$)/,
  });
