import type { Named, NDArray } from "@gmem/tensor";
import { matchWeights } from "@gmem/weights";
import { heads } from "../network/heads.ts";
import type { GemmaConfig } from "./config.ts";
import { gemmaBlocks } from "./original-names.ts";
import { gemmaParameters } from "./parameters.ts";

/**
 * The parameters of a Gemma out of a checkpoint's tensors, of google/gemma_pytorch or of Hugging Face; tables that follow
 * from the configuration and heads of a task may be there.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export const gemmaWeights = (config: GemmaConfig, weights: Named<NDArray>): Named<NDArray<"f32">> =>
  matchWeights(gemmaBlocks(weights), {
    where: config.name,
    parameters: gemmaParameters(config),
    ignored: new RegExp(`(^|\\.)(freqs_cis|lm_head\\.weight|inv_freq)$|${heads.source}`),
  });
