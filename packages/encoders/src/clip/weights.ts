import type { Aval, Named, NDArray } from "@gmem/tensor";
import { matchWeights } from "@gmem/weights";
import { heads } from "../network/heads.ts";
import type { ClipConfig } from "./config.ts";
import { clipBlocks, isTower } from "./original-names.ts";
import { clipImageParameters, clipTextParameters } from "./parameters.ts";

/**
 * The parameters of the image tower out of a checkpoint's tensors, of openai/CLIP or of Hugging Face; the other tower's may
 * be there. A tower that is stored alone has no projection.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export const clipImageWeights = (config: ClipConfig, weights: Named<NDArray>): Named<NDArray<"f32">> =>
  matchWeights(clipBlocks(weights), {
    where: config.name,
    parameters: without(clipImageParameters(config), isTower(weights) ? ["visual.proj"] : []),
    ignored: /^(?!visual\.)/,
  });

/**
 * The parameters of the text tower, as {@link clipImageWeights}; numbers that state its sizes may be there besides, and the
 * temperature, which belongs to both towers together, need not be.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export const clipTextWeights = (config: ClipConfig, weights: Named<NDArray>): Named<NDArray<"f32">> =>
  matchWeights(clipBlocks(weights), {
    where: config.name,
    parameters: without(clipTextParameters(config), [
      ...(isTower(weights) ? ["text_projection"] : []),
      ...(Object.hasOwn(weights, "logit_scale") ? [] : ["logit_scale"]), // both towers' together
    ]),
    ignored: new RegExp(
      `^(visual\\.|vision_model\\.|(input_resolution|context_length|vocab_size|.*\\.position_ids)$)|${heads.source}`,
    ),
  });

const without = (parameters: Named<Aval>, names: readonly string[]): Named<Aval> =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !names.includes(name)));
