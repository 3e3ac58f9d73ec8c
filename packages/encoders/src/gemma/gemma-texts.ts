import { type NetworkTextEncoder, textNetwork } from "../text/text-network.ts";
import type { GemmaConfig } from "./config.ts";
import { type GemmaOptions, gemma } from "./gemma.ts";
import { gemmaTokenizer } from "./gemma-tokenizer.ts";

export interface GemmaTextsOptions extends GemmaOptions {
  /** The parsed `tokenizer.json` of the checkpoint. */
  readonly tokenizer: object;
  /** Tokens of a text at most, the start included; default 300. */
  readonly maxLength?: number;
}

/**
 * Gemma as an encoder of texts, as the paper's text-to-snippet model takes them (§ 4.4): tokens are the last hidden states after
 * the final norm, the start included, and the vector of a text is their mean. Its `id` names weights and word pieces.
 * @throws {GMemError} code `CONFIG` for impossible sizes, `WEIGHTS` with every missing, unexpected and mis-shaped tensor,
 * `FORMAT` for a tokenizer of something else.
 * @example
 * // no-run
 * import { readFile } from "node:fs/promises";
 * import { readWeights } from "@gmem/weights";
 * const { tensors: weights } = await readWeights("gemma-2b/model.safetensors.index.json");
 * const tokenizer = JSON.parse(await readFile("gemma-2b/tokenizer.json", "utf8")) as object;
 * const vectors = await gemmaTexts(gemma2B, { weights, tokenizer }).encode(["a photo of a cat"]); // [1,2048]
 */
export function gemmaTexts(config: GemmaConfig, options: GemmaTextsOptions): NetworkTextEncoder {
  const { tokenizer, maxLength = 300, ...rest } = options;
  const words = gemmaTokenizer(tokenizer, { maxLength });
  const network = gemma(config, rest);
  return textNetwork(network, (ids) => network.hidden(ids), { tokenizer, limit: maxLength, ...words });
}
