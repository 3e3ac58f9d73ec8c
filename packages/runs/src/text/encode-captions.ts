import { type Engine, GMemError } from "@gmem/tensor";
import { lockRun } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";
import { dataName, openData } from "../parts/dataset.ts";
import { openEngine } from "../parts/engine.ts";
import { openTextEncoder } from "../parts/text-encoder.ts";
import type { OpenTextEncoder } from "../parts/text-encoder-kind.ts";
import type { WorkOptions } from "../progress.ts";
import { captionVectors, type FoundCaptions } from "./caption-vectors.ts";

export interface EncodedCaptions extends Pick<FoundCaptions, "captions" | "without" | "cut"> {
  readonly folder: string;
  readonly encoder: string;
  readonly dim: number;
  readonly pictures: number;
  /** Different captions. */
  readonly texts: number;
}

/**
 * The vectors of all captions of `config.data` by its text encoder, computed once, in a folder that runs take as `texts`.
 * @throws {GMemError} code `CONFIG` without a text encoder, `DATA` without captions, `NON_FINITE` naming a caption, `LOCKED`
 * while another process writes there.
 */
export async function encodeCaptions(
  config: RunConfig,
  { folder, ...work }: WorkOptions & { readonly folder: string },
): Promise<EncodedCaptions> {
  const { textEncoder: settings } = config;
  if (!settings) throw new GMemError("CONFIG", "text: needs a text encoder, got none; set textEncoder.kind");
  const lock = await lockRun(folder);
  let engine: Engine | undefined;
  let encoder: OpenTextEncoder | undefined;
  try {
    engine = await openEngine(config.engine);
    encoder = await openTextEncoder(settings, { engine, ...work });
    const { train, heldOut } = await openData(config, work);
    const about = dataName(config);
    const { captions, texts, without, cut } = await captionVectors([train, heldOut], {
      encoder,
      folder,
      about,
      ...work,
    });
    const pictures = train.length + heldOut.length;
    return { folder, encoder: encoder.id, dim: encoder.dim, pictures, captions, texts: texts.length, without, cut };
  } finally {
    await encoder?.dispose?.();
    await engine?.dispose();
    await lock.release();
  }
}
