import { type NetworkTextEncoder, textNetwork } from "../text/text-network.ts";
import { type ClipOptions, clipTextEncoder } from "./clip.ts";
import { clipTokenizer } from "./clip-tokenizer.ts";
import type { ClipConfig } from "./config.ts";

export interface ClipTextsOptions extends ClipOptions {
  /** The parsed `tokenizer.json` of the checkpoint. */
  readonly tokenizer: object;
}

/**
 * CLIP's text tower as an encoder of texts: the vector of a text is its end token's, projected into the space of images, not
 * normalised (Radford et al. 2021, § 2.4); tokens are projected likewise. Its `id` names weights and word pieces.
 * @throws {GMemError} code `CONFIG` for impossible sizes, `WEIGHTS` with every missing, unexpected and mis-shaped tensor,
 * `FORMAT` for a tokenizer of something else.
 * @example
 * // no-run
 * import { readFile } from "node:fs/promises";
 * import { readSafetensors } from "@gmem/weights";
 * const { tensors: weights } = await readSafetensors("clip-vit-base-patch32/model.safetensors");
 * const tokenizer = JSON.parse(await readFile("clip-vit-base-patch32/tokenizer.json", "utf8")) as object;
 * const vectors = await clipTexts(clipB32, { weights, tokenizer }).encode(["a photo of a cat"]); // [1,512]
 */
export function clipTexts(config: ClipConfig, { tokenizer, ...options }: ClipTextsOptions): NetworkTextEncoder {
  const { contextLength } = config.text;
  const words = clipTokenizer(tokenizer, { contextLength });
  const tower = clipTextEncoder(config, options);
  return textNetwork(tower, (ids) => tower.tokens(ids), { tokenizer, limit: contextLength, ...words });
}
