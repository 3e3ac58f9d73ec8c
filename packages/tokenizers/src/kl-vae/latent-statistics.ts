import { GMemError } from "@gmem/tensor";
import type { ChannelStatistics } from "../network/channel-statistics.ts";
import type { LatentPosterior } from "./kl-vae.ts";

/**
 * Mean and standard deviation of every channel of latents that are drawn from their posteriors: μ̄ = E[μ],
 * s² = E[μ²] − μ̄² + E[σ²], over images and places.
 * @throws {GMemError} code `DATA` for none, `NON_FINITE` for latents that are not finite, `CONFIG` for a channel that is the
 * same everywhere: latents could not be divided by its deviation.
 * @example
 * // no-run
 * const statistics = await latentStatistics([await tokenizer.posterior(images)]); // { mean: [C], std: [C] }
 */
export async function latentStatistics(
  posteriors: AsyncIterable<LatentPosterior> | Iterable<LatentPosterior>,
): Promise<ChannelStatistics> {
  const sums: { mean: number; square: number; count: number }[] = [];
  for await (const { mean, std } of posteriors) {
    const [n = 0, channels = 0, height = 0, width = 0] = mean.shape;
    const plane = height * width;
    for (let at = 0; at < n * channels; at++) {
      const sum = sums[at % channels] ?? { mean: 0, square: 0, count: 0 };
      sums[at % channels] = sum;
      for (let i = at * plane; i < (at + 1) * plane; i++) {
        const [mu, sigma] = [mean.data[i] as number, std.data[i] as number];
        sum.mean += mu;
        sum.square += mu * mu + sigma * sigma;
      }
      sum.count += plane;
    }
  }
  if (sums.length === 0) throw new GMemError("DATA", "latentStatistics: needs latents, got none");
  const means = sums.map(({ mean, count }) => mean / count);
  const stds = sums.map(({ square, count }, c) => Math.sqrt(square / count - (means[c] as number) ** 2));
  const odd = stds.findIndex((std) => !(std > 0 && Number.isFinite(std)));
  if (odd >= 0)
    throw new GMemError(
      Number.isFinite(stds[odd]) ? "CONFIG" : "NON_FINITE",
      `latentStatistics: every channel must vary, got a standard deviation of ${stds[odd]} in channel ${odd}; train longer, or with a smaller weight of the KL`,
    );
  return { mean: means, std: stds };
}
