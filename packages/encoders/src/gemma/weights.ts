import type { Named, NDArray } from "@gmem/tensor";
import { matchWeights } from "@gmem/weights";
import type { GemmaConfig } from "./config.ts";
import { gemmaBlocks } from "./original-names.ts";
import { gemmaParameters } from "./parameters.ts";

/**
 * The parameters of a Gemma out of a checkpoint's tensors, of google/gemma_pytorch or of Hugging Face; tables that follow
 * from the configuration may be there.
 * @throws {TensorsError} code `WEIGHTS` with every missing, unexpected and mis-shaped tensor.
 */
export const gemmaWeights = (config: GemmaConfig, weights: Named<NDArray>): Named<NDArray<"f32">> =>
  matchWeights(gemmaBlocks(weights), {
    where: config.name,
    parameters: gemmaParameters(config),
    ignored: /(^|\.)(freqs_cis|lm_head\.weight|inv_freq)$/,
  });
