import type { Named } from "@gmem/tensor";
import { stopIfAborted } from "@gmem/tensor";
import {
  type KlVaeTokenizer,
  type LatentPosterior,
  latentStatistics,
  loadKlVae,
  saveKlVae,
} from "@gmem/tokenizers/kl-vae";
import type { Trainer } from "@gmem/trainer";
import type { WorkOptions } from "../progress.ts";
import { evenly } from "../train/preview-rows.ts";
import { currentTokenizer, type Measure, measuredCount, psnrName, ssimName } from "./fidelity.ts";
import type { LoadedPictures, Pictures } from "./pictures.ts";

const [most, block] = [512, 32];

/** What became of a training. */
export interface SavedTokenizer {
  /** By which runs know it. */
  readonly id: string;
  /** Decibels, on held-out pictures. */
  readonly psnr: number;
  readonly ssim: number;
  /** Held-out pictures that both are the means of. */
  readonly measured: number;
  /** Of each channel of the latents, before they are normalised. */
  readonly latents: Named<readonly number[]>;
}

/** Measures the latents of training pictures, and writes the averaged weights with their statistics. */
export async function saveTokenizer(
  path: string,
  options: Measure & { readonly pictures: Pictures; readonly trainer: Trainer } & WorkOptions,
): Promise<SavedTokenizer> {
  const { network, pictures, trainer, onProgress } = options;
  const tokenizer = await currentTokenizer(options, trainer);
  const statistics = await latentStatistics(posteriors(tokenizer, pictures.plain, options)).finally(() =>
    tokenizer.dispose(),
  );
  await saveKlVae(path, { config: network, weights: await trainer.parameters("ema"), statistics });
  const { id } = await loadKlVae(path);
  const [mean, std] = [Array.from(statistics.mean), Array.from(statistics.std)];
  const result = `mean ${rounded(mean)}, standard deviation ${rounded(std)}`;
  onProgress?.({ stage: "latents", done: 1, total: 1, result });
  const { [psnrName]: psnr, [ssimName]: ssim } = trainer.metrics;
  return {
    id,
    psnr: psnr ?? Number.NaN,
    ssim: ssim ?? Number.NaN,
    measured: measuredCount(pictures),
    latents: { mean, std },
  };
}

async function* posteriors(
  tokenizer: KlVaeTokenizer,
  pictures: LoadedPictures,
  { signal, onProgress }: WorkOptions,
): AsyncGenerator<LatentPosterior> {
  const rows = evenly(pictures.length, Math.min(most, pictures.length));
  for (let from = 0; from < rows.length; from += block) {
    stopIfAborted(signal, "tokenizer: stopped by its signal while latents were measured");
    yield await tokenizer.posterior(await pictures.load(rows.slice(from, from + block)));
    onProgress?.({ stage: "latents", done: Math.min(from + block, rows.length), total: rows.length });
  }
}

const rounded = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(", ");
