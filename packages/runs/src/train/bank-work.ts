import type { Engine } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import type { BankFiles } from "../folder/run-files.ts";
import type { Images } from "../parts/dataset.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { openEngine } from "../parts/engine.ts";
import type { WorkOptions } from "../progress.ts";
import { contentOf } from "./image-content.ts";

/** What makes the rows of a bank. */
export interface BankWork {
  readonly images: Images;
  /** Of all pixels, labels and their order. */
  readonly content: string;
  /** Of the images, the encoder's settings and the seed. */
  readonly madeFrom: string;
  readonly engine: Engine;
  readonly encoder: OpenEncoder;
  close(): Promise<void>;
}

export interface BankWorkOptions extends WorkOptions {
  /** Of the configuration. */
  readonly images: Images;
  /** Where an encoder that is learned lies. */
  readonly encoder: BankFiles["encoder"];
  /** It is taken as it lies there, whatever it was learned from. */
  readonly isGiven: boolean;
}

/** Opens the encoder that makes the rows of images, which is learned if it has to be. */
export async function openBankWork(
  config: RunConfig,
  { images, encoder: path, isGiven, ...work }: BankWorkOptions,
): Promise<BankWork> {
  const content = await contentOf(images);
  const madeFrom = textHash([content, JSON.stringify([config.encoder, config.seed])]);
  const engine = await openEngine(config.engine);
  try {
    const source = isGiven ? { path } : { path, images, madeFrom };
    const encoder = await openEncoder(config.encoder, { engine, ...source, seed: config.seed, ...work });
    return {
      ...{ images, content, madeFrom, engine, encoder },
      async close() {
        await encoder.dispose?.();
        await engine.dispose();
      },
    };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}
