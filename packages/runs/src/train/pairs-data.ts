import { loadImages } from "@gmem/datasets";
import { textPairs } from "@gmem/datasets/captions";
import type { Bank } from "@gmem/memory-bank";
import type { TextEncoder } from "@gmem/spec";
import type { RunConfig } from "../config/schema.ts";
import type { DataFacts } from "../parts/all-images.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { latentShape } from "../parts/tokenizer.ts";
import { contentOf } from "./image-content.ts";
import { openRunBank, snippetsOf } from "./snippets.ts";
import { keepStartEncoder } from "./start-run.ts";
import { firstCaptions, textsOf } from "./texts-of-data.ts";
import type { PrepareImages, TrainingData } from "./training-data.ts";

/** Texts and snippets of pictures, for runs that compare the two: no latents are made. */
export async function pairsData(
  config: RunConfig,
  { textEncoder, ...options }: PrepareImages & { readonly textEncoder: TextEncoder },
): Promise<Omit<TrainingData, keyof DataFacts | "about">> {
  const { engine, files, source, hasBegun = false, signal, onProgress } = options;
  const { train, heldOut } = source.data;
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  let encoder: OpenEncoder | undefined;
  let bank: Bank | undefined;
  const close = async (): Promise<void> => {
    await bank?.close();
    await encoder?.dispose?.();
  };
  try {
    await keepStartEncoder(config, files.encoder);
    encoder = await openEncoder(config.encoder, { engine, path: files.encoder, seed: config.seed, ...work });
    const making = { engine, encoder, rank: config.bank.rank, madeFrom: await contentOf(train), hasBegun };
    const memory = await openRunBank(files, train, { ...making, ...work });
    bank = memory;
    const latent = await latentShape(config);
    const texts = await textsOf(config, source.data, { textEncoder, files, ...work });
    return {
      train: textPairs({ latent, texts: texts.train, snippets: (rows) => memory.at(rows) }),
      heldOut: textPairs({
        latent,
        texts: texts.heldOut,
        snippets: await snippetsOf(encoder, heldOut),
      }),
      ...(heldOut.labels ? { heldOutLabels: heldOut.labels } : {}),
      memory: { bank, encoder, encoderId: encoder.id },
      pictures: (rows) => loadImages(heldOut, rows),
      captions: firstCaptions(heldOut),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
