import { array, checkFinite, GMemError, type Named, type NDArray } from "@gmem/tensor";
import { contentHash, readSafetensors, textHash, writeSafetensors } from "@gmem/weights";
import { type ChannelStatistics, checkStatistics } from "../network/channel-statistics.ts";
import type { KlVaeConfig } from "./config.ts";
import { klVaeWeights } from "./weights.ts";

const format = "gmem/kl-vae";

/** A KL-VAE that somebody trained: all that opening it needs. */
export interface StoredKlVae {
  readonly config: KlVaeConfig;
  readonly weights: Named<NDArray>;
  /** Of its latents: what they are normalised by. */
  readonly statistics: ChannelStatistics;
}

/** {@link StoredKlVae} of a file, with its id: 16 hex digits over configuration, weights and statistics. */
export interface LoadedKlVae extends StoredKlVae {
  readonly id: string;
}

/**
 * Writes a KL-VAE as safetensors: its parameters, `latents.mean` and `latents.std` [C], and its configuration as metadata.
 * @param metadata more of it, texts.
 * @throws {GMemError} code `NON_FINITE` for weights that are not finite.
 * @example
 * // no-run
 * await saveKlVae("tokenizer.safetensors", { config: klVaeSmall, weights, statistics });
 */
export async function saveKlVae(
  path: string,
  { config, weights, statistics }: StoredKlVae,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  checkFinite(weights, { where: path, remedy: "lower the learning rate, and train again" });
  checkStatistics(path, statistics, config.latentChannels);
  const { mean, std } = statistics;
  const tensors = { ...weights, "latents.mean": array(mean), "latents.std": array(std) };
  await writeSafetensors(path, tensors, { metadata: { ...metadata, format, config: JSON.stringify(config) } });
}

/**
 * Reads what {@link saveKlVae} wrote.
 * @throws {WeightsError} for a malformed file; {GMemError} code `WEIGHTS` for a file of something else or tensors that are not
 * those of its configuration, `NON_FINITE`.
 * @example
 * // no-run
 * const { config, ...stored } = await loadKlVae("tokenizer.safetensors");
 * const tokenizer = klVaeTokenizer("mine", config, { engine: await onnxEngine(), ...stored });
 */
export async function loadKlVae(path: string): Promise<LoadedKlVae> {
  const { tensors, metadata } = await readSafetensors(path);
  const { "latents.mean": mean, "latents.std": std, ...own } = tensors;
  const config = configOf(path, metadata);
  if (!mean || !std)
    throw new GMemError("WEIGHTS", `${path}: must hold "latents.mean" and "latents.std", got one or none of them`);
  checkFinite(own, { where: path, remedy: "restore it, or train it again" });
  const statistics = { mean: mean.data, std: std.data };
  checkStatistics(path, statistics, config.latentChannels);
  const id = textHash([JSON.stringify(config), contentHash(tensors)]);
  return { config, weights: klVaeWeights(config, own), statistics, id };
}

function configOf(path: string, metadata: Readonly<Record<string, string>>): KlVaeConfig {
  if (metadata.format !== format || metadata.config === undefined)
    throw new GMemError("WEIGHTS", `${path}: must be a tokenizer that was trained here, got another file`);
  try {
    return JSON.parse(metadata.config) as KlVaeConfig;
  } catch (cause) {
    throw new GMemError("WEIGHTS", `${path}: its configuration must be JSON; restore the file`, { cause });
  }
}
