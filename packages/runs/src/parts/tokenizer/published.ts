import type { LatentShape } from "@gmem/spec";
import { GMemError, type Named, type NDArray } from "@gmem/tensor";
import type { KlVaeConfig } from "@gmem/tokenizers/sd-vae";
import { file, network } from "../../config/scalars.ts";
import type { WorkOptions } from "../../progress.ts";
import { locatedWeights } from "../located-weights.ts";

/** Settings of tokenizers whose weights are files. */
export const published = {
  weights: file.describe(
    "safetensors or torch, under the original or the diffusers names: a path or hf:owner/name/file@revision; null until it is given.",
  ),
  network,
};

/** Tensors of `tokenizer.weights`. @throws {GMemError} code `CONFIG` if the file is not given. */
export const tokenizerWeights = (
  { kind, weights }: { readonly kind: string; readonly weights: string | null },
  options: WorkOptions,
): Promise<Named<NDArray>> => locatedWeights("tokenizer.weights", weights, { ...options, what: kind });

/** [C,H,W] of square images. @throws {GMemError} code `CONFIG` for a size that the factor does not divide. */
export function latentOf(
  kind: string,
  { channels, factor, imageSize }: { readonly channels: number; readonly factor: number; readonly imageSize: number },
): LatentShape {
  if (imageSize % factor !== 0)
    throw new GMemError("CONFIG", `image.size: ${kind} needs a multiple of ${factor}, got ${imageSize}`);
  return [channels, imageSize / factor, imageSize / factor];
}

/** [C,H,W] of a KL autoencoder of this configuration, which halves the image at every level but the last. */
export const klVaeLatent = (
  kind: string,
  { latentChannels: channels, multipliers }: KlVaeConfig,
  imageSize: number,
): LatentShape => latentOf(kind, { channels, factor: 2 ** (multipliers.length - 1), imageSize });
