import { versions, type Watch } from "@gmem/runs";
import {
  loadTokenizerConfig,
  type TokenizerConfig,
  type TokenizerInTraining,
  tokenizerFiles,
  trainTokenizer,
} from "@gmem/runs/tokenizer";
import { counted, isGMemError } from "@gmem/tensor";
import { quantity, say, stopOnInterrupt } from "@gmem/terminal";
import type { TrainStep } from "@gmem/trainer";
import { dryRunTokenizer } from "../dry-run/dry-run-tokenizer.ts";
import { parameterCount } from "../parameter-count.ts";
import { commandLine, work } from "../terminal.ts";
import { watchTraining } from "../watch-training.ts";

export interface TokenizerOptions {
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly gpu?: string;
  readonly json?: boolean;
}

/** `gmem-train tokenizer`: an autoencoder of one's own, for runs whose pictures are too large for pixels. */
export async function tokenizer(source: string, settings: readonly string[], options: TokenizerOptions): Promise<void> {
  const config = loadTokenizerConfig(source, settings);
  if (options.dryRun) return dryRunTokenizer(config, options);
  const signal = stopOnInterrupt("saving a checkpoint; press Ctrl-C again to stop without");
  try {
    const result = await trainTokenizer(config, { resume: options.resume === true, signal, watch, ...work() });
    const { folder, psnr, ssim, measured, steps, stepsMade, id } = result;
    const done = `${folder}: ${stepsMade === 0 ? "finished already, " : ""}${likeness(psnr, ssim)} on ${measured} held-out pictures after ${counted(steps, "step")} · ${id}`;
    const size = `image.size=${config.image.size}`;
    const next = commandLine(
      "run",
      "cifar-nano",
      `data=${dataOf(config)}`,
      size,
      "tokenizer.kind=trained",
      `tokenizer.folder=${folder}`,
      "backbone.patchSize=1",
    );
    say(options.json, result, `${done}\nreport  ${tokenizerFiles(folder).report}\nrun     ${next}`);
  } catch (error) {
    const again = commandLine("tokenizer", source, ...settings, "--resume");
    if (isGMemError(error, "ABORTED")) process.stderr.write(`continue with: ${again}\n`);
    throw error;
  }
}

const likeness = (psnr: number, ssim: number): string => `PSNR ${psnr.toFixed(2)} dB, SSIM ${ssim.toFixed(3)}`;

const dataOf = ({ data }: TokenizerConfig): string => (typeof data === "string" ? data : "FOLDER");

/** What people see of it: as of a run, with pictures above their reconstructions, and how like they are. */
function watch({ files, config, pictures, learner, trainer, preview }: TokenizerInTraining): Promise<Watch> {
  const { about, data, heldOut } = pictures;
  const parameters = parameterCount(learner);
  const { steps, batch } = config;
  process.stderr.write(
    `${quantity(parameters)} parameters, batch ${batch}, ${counted(steps, "step")} → ${files.folder}\n`,
  );
  return watchTraining({
    files,
    config,
    trainer,
    facts: {
      images: `to train on: ${about}; ${heldOut.length} held out`,
      network: `KL-VAE, ${quantity(parameters)} parameters`,
    },
    data,
    versions: versions(),
    grid: preview,
    shows: "held-out pictures, each above its reconstruction,",
    remark: ({ step, evaluation }: TrainStep) => {
      const [psnr, ssim] = [evaluation?.["held-out PSNR"], evaluation?.["held-out SSIM"]];
      return psnr === undefined || ssim === undefined ? undefined : `step ${step}: ${likeness(psnr, ssim)}`;
    },
    more: () => {
      const { "held-out PSNR": psnr, "held-out SSIM": ssim } = trainer.metrics;
      return typeof psnr === "number" && typeof ssim === "number"
        ? { facts: { "held out": likeness(psnr, ssim) } }
        : {};
    },
  });
}
