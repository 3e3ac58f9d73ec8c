import { rm } from "node:fs/promises";
import { type Learner, type Trainer, trainLearner } from "@gmem/trainer";
import { writeFileAtomic } from "@gmem/weights";
import { inClaimedFolder } from "../folder/claim-folder.ts";
import { type RunFiles, runFiles, runFolder } from "../folder/run-files.ts";
import { versions } from "../folder/versions.ts";
import { openEngine } from "../parts/engine.ts";
import type { WorkOptions } from "../progress.ts";
import { drive, type Watch } from "../train/drive.ts";
import { checkGoesOn, fixedOf } from "../train/fixed-settings.ts";
import { settingsFile, type TokenizerConfig } from "./config.ts";
import { evaluateFidelity, previewFidelity, psnrName } from "./fidelity.ts";
import { openPictures, type Pictures } from "./pictures.ts";
import { type SavedTokenizer, saveTokenizer } from "./save-tokenizer.ts";
import { networkOf, openTokenizerLearner } from "./tokenizer-learner.ts";

/** A tokenizer that is being trained: what there is to show of it. */
export interface TokenizerInTraining {
  readonly files: RunFiles;
  readonly config: TokenizerConfig;
  readonly pictures: Pictures;
  readonly learner: Learner;
  readonly trainer: Trainer;
  /** A grid of held-out pictures, each above what the averaged weights make of it, as PNG. */
  preview(): Promise<Uint8Array>;
}

export interface TrainTokenizerOptions extends WorkOptions {
  /** Goes on with the tokenizer that is there. */
  readonly resume: boolean;
  /** Looks on from the first step, which waits for it. */
  readonly watch?: (run: TokenizerInTraining) => Watch | Promise<Watch>;
}

export interface TrainTokenizerResult extends SavedTokenizer {
  readonly folder: string;
  readonly steps: number;
  /** Those that this call made: 0 of a tokenizer that was finished already. */
  readonly stepsMade: number;
  readonly seconds: number;
}

/** Every path of a tokenizer's folder: those of a run, but for settings and weights. */
export const tokenizerFiles = (folder: string): RunFiles => {
  const files = runFiles(folder);
  return { ...files, config: settingsFile(folder), model: files.tokenizer };
};

/**
 * A tokenizer from configuration to `tokenizer.safetensors`, in a folder that is this process's from before anything is written
 * until the end. Resumed, it ends with the bits of one that was never stopped.
 * @throws {GMemError} code `ABORTED` when stopped, with everything saved; `LOCKED` while another process writes there; `CONFIG`
 * or `DATA` for what cannot be trained, or a folder that holds something else, with nothing changed; `DISK_FULL`.
 */
export async function trainTokenizer(
  config: TokenizerConfig,
  { resume, watch, ...work }: TrainTokenizerOptions,
): Promise<TrainTokenizerResult> {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const files = tokenizerFiles(runFolder(config));
  const { batch: batchSize, accumulate, steps, seed, optimizer, schedule, ema } = config;
  const learner = await openTokenizerLearner(config, work);
  const claim = { resume, replace: false, onProgress: work.onProgress };
  return inClaimedFolder(files, claim, async ({ lock, latest }) => {
    const fixed = fixedSettings(config);
    if (latest) checkGoesOn(latest, { settings: fixed, steps, folder: files.folder });
    const engine = await openEngine(config.engine);
    const closing: (() => Promise<void>)[] = [() => engine.dispose()];
    try {
      const pictures = await openPictures(config, work);
      const measure = { engine, network: networkOf(config), pictures };
      const trainer = await trainLearner({
        engine,
        learner,
        data: pictures.train,
        resume,
        batchSize,
        accumulate,
        steps,
        seed,
        optimizer,
        schedule,
        ema,
        config: fixed.config,
        ...(work.signal && { signal: work.signal }),
        checkpoint: {
          folder: files.folder,
          lock,
          every: config.checkpointEvery,
          keep: config.keep,
          best: { metric: psnrName, goal: "max" },
          evaluate: (now) => evaluateFidelity(measure, now),
        },
      });
      closing.push(() => trainer.close());
      await writeFileAtomic(files.config, `${JSON.stringify({ config, versions: versions() }, null, 2)}\n`);
      const preview = (): Promise<Uint8Array> => previewFidelity(measure, trainer);
      const seen = await watch?.({ files, config, pictures, learner, trainer, preview });
      const before = trainer.step;
      if (before < steps) await rm(files.model, { force: true }); // it would be of fewer steps
      const saved = await drive(trainer, {
        steps,
        watch: seen,
        seconds,
        finish: () => saveTokenizer(files.model, { ...measure, trainer, ...work }),
      });
      return {
        folder: files.folder,
        steps: trainer.step,
        stepsMade: trainer.step - before,
        ...saved,
        seconds: seconds(),
      };
    } finally {
      for (const end of closing.reverse()) await end();
    }
  });
}

/** What a resumed training must keep: where LPIPS lies is free. */
function fixedSettings(config: TokenizerConfig) {
  const { onBad: _, ...image } = config.image;
  const { perceptual, ...loss } = config.loss;
  return fixedOf(config, { image, loss, perceptual: perceptual && { net: perceptual.net, weight: perceptual.weight } });
}
