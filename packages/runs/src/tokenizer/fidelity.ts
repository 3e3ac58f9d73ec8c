import { pngGrid } from "@gmem/datasets/png";
import { meanDecibels, peakSignalToNoise, structuralSimilarity } from "@gmem/metrics";
import type { Engine, Named, NDArray } from "@gmem/tensor";
import { type KlVaeConfig, type KlVaeTokenizer, klVaeTokenizer } from "@gmem/tokenizers/kl-vae";
import type { Trainer } from "@gmem/trainer";
import { pairedRows, scaleFor } from "../train/preview.ts";
import { evenly } from "../train/preview-rows.ts";
import type { Pictures } from "./pictures.ts";

/** What a trained autoencoder is measured with. */
export interface Measure {
  readonly engine: Engine;
  readonly network: KlVaeConfig;
  readonly pictures: Pick<Pictures, "heldOut">;
}

/** Names among the metrics of a trainer; checkpoints are compared by the first. */
export const psnrName = "held-out PSNR";
export const ssimName = "held-out SSIM";

const most = 64;
const columns = 8;

/** How many held-out pictures are measured. */
export const measuredCount = ({ heldOut }: Pick<Pictures, "heldOut">): number => Math.min(most, heldOut.length);

/** PSNR in decibels and SSIM of held-out pictures and their reconstructions, means over pictures. */
export async function evaluateFidelity(measure: Measure, trainer: Pick<Trainer, "parameters">): Promise<Named<number>> {
  const { images, reconstructed } = await reconstruct(measure, trainer, measuredCount(measure.pictures));
  const similar = structuralSimilarity(images, reconstructed, { range: 1 });
  return {
    [psnrName]: meanDecibels(peakSignalToNoise(images, reconstructed, { range: 1 })),
    [ssimName]: similar.reduce((sum, value) => sum + value, 0) / similar.length,
  };
}

/** A grid of held-out pictures, each above its reconstruction, as PNG. */
export async function previewFidelity(measure: Measure, trainer: Pick<Trainer, "parameters">): Promise<Uint8Array> {
  const { images, reconstructed } = await reconstruct(
    measure,
    trainer,
    Math.min(2 * columns, measure.pictures.heldOut.length),
  );
  const scale = scaleFor(images.shape[3] as number);
  return pngGrid(pairedRows(images, reconstructed, { columns }), { columns, scale });
}

/** Held-out pictures [n,3,S,S] ∈ [0,1], evenly spaced, and what the averaged weights make of them. */
async function reconstruct(
  { engine, network, pictures }: Measure,
  trainer: Pick<Trainer, "parameters">,
  count: number,
): Promise<{ readonly images: NDArray<"f32">; readonly reconstructed: NDArray<"f32"> }> {
  const images = await pictures.heldOut.load(evenly(pictures.heldOut.length, count));
  const tokenizer = await currentTokenizer({ engine, network }, trainer);
  try {
    return { images, reconstructed: await tokenizer.decode(await tokenizer.encode(images)) };
  } finally {
    await tokenizer.dispose();
  }
}

/** The autoencoder of a trainer as it is now, averaged; its latents are not normalised. */
export const currentTokenizer = async (
  { engine, network }: Pick<Measure, "engine" | "network">,
  trainer: Pick<Trainer, "parameters">,
): Promise<KlVaeTokenizer> =>
  klVaeTokenizer("tokenizer", network, {
    engine,
    batchSize: 8,
    weights: await trainer.parameters("ema"),
    statistics: { mean: [0], std: [1] },
  });
