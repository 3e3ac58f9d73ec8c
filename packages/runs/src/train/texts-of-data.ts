import type { CaptionVectors } from "@gmem/datasets/captions";
import type { TextEncoder } from "@gmem/spec";
import type { RunConfig } from "../config/schema.ts";
import type { RunFiles } from "../folder/run-files.ts";
import { type Data, dataName } from "../parts/dataset.ts";
import type { WorkOptions } from "../progress.ts";
import type { Captioned } from "../text/caption-lists.ts";
import { captionVectors } from "../text/caption-vectors.ts";

/** Vectors of the captions of what a run trains on and of what it is measured on. */
export interface Texts {
  readonly train: CaptionVectors;
  readonly heldOut: CaptionVectors;
}

interface Reading extends WorkOptions {
  readonly textEncoder: TextEncoder;
  readonly files: Pick<RunFiles, "texts">;
}

/** Encoded once, into the folder that the configuration names or the run's own. @throws {GMemError} code `DATA` without captions */
export async function textsOf(config: RunConfig, data: Data, reading: Reading): Promise<Texts> {
  const [train, heldOut] = await vectorsOf(config, [data.train, data.heldOut], reading);
  return { train, heldOut } as Texts;
}

/** {@link textsOf} of pictures that are not parted yet. */
export async function textsOfAll(config: RunConfig, all: Captioned, reading: Reading): Promise<CaptionVectors> {
  const [vectors] = await vectorsOf(config, [all], reading);
  return vectors as CaptionVectors;
}

async function vectorsOf(
  config: RunConfig,
  sets: readonly Captioned[],
  reading: Reading,
): Promise<readonly CaptionVectors[]> {
  const { textEncoder: encoder, files, signal, onProgress } = reading;
  const folder = config.texts ?? files.texts;
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  return (await captionVectors(sets, { encoder, folder, about: dataName(config), ...work })).sets;
}

/** The first caption of each of some rows; empty where there is none. */
export const firstCaptions =
  (data: Captioned) =>
  async (rows: Int32Array): Promise<readonly string[]> =>
    Promise.all(Array.from(rows, async (row) => (await data.captionsAt?.(row))?.[0] ?? ""));
