import { GMemError, type NDArray } from "@gmem/tensor";
import type { KlVaeConfig } from "@gmem/tokenizers/sd-vae";
import { vaVae, vaVaeF16D32 } from "@gmem/tokenizers/va-vae";
import { readWeights } from "@gmem/weights";
import { z } from "zod";
import { file } from "../../config/scalars.ts";
import type { WorkOptions } from "../../progress.ts";
import { locateWeights } from "../locate-weights.ts";
import type { TokenizerKind } from "../tokenizer-kind.ts";
import { klVaeLatent, published, tokenizerWeights } from "./published.ts";

const schema = z.strictObject({
  kind: z.literal("va-vae").describe("LightningDiT's autoencoder, factor 16, 32 channels."),
  ...published,
  statistics: file.describe(
    "`mean` and `std` of each channel, latents_stats.pt of the published models; null leaves latents as they are.",
  ),
});

type Settings = z.output<typeof schema>;

const configOf = ({ network }: Settings): KlVaeConfig => ({ ...vaVaeF16D32, ...network });

export const vaVaeKind: TokenizerKind<typeof schema> = {
  schema,
  async open(settings, { engine, ...options }) {
    const weights = await tokenizerWeights(settings, options);
    return vaVae(configOf(settings), { engine, weights, ...(await statisticsOf(settings, options)) });
  },
  latent: (settings, imageSize) => klVaeLatent("va-vae", configOf(settings), imageSize),
};

/** Channel statistics of the latents; without them latents stay as they are. */
async function statisticsOf(
  { statistics }: Settings,
  options: WorkOptions,
): Promise<{ statistics?: { mean: NDArray["data"]; std: NDArray["data"] } }> {
  if (statistics === null) return {};
  const path = await locateWeights("tokenizer.statistics", statistics, {
    ...options,
    what: "the latents' statistics",
  });
  const { mean, std } = (await readWeights(path)).tensors;
  if (!mean || !std)
    throw new GMemError("WEIGHTS", `tokenizer.statistics: ${path} must hold "mean" and "std", got one or none of them`);
  return { statistics: { mean: mean.data, std: std.data } };
}
