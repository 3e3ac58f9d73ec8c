import { hasLatents, type LatentsManifest, writeLatents } from "@gmem/datasets/latents";
import { counted, GMemError } from "@gmem/tensor";
import { lockRun } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";
import { openAll } from "../parts/dataset.ts";
import type { WorkOptions } from "../progress.ts";
import { checkParts } from "./check-parts.ts";
import { checkStart } from "./check-start.ts";
import { type LatentsOf, openLatentsWork } from "./latents-work.ts";

export interface EncodeLatentsOptions extends LatentsOf, WorkOptions {
  /** Where the shards go; work that was stopped goes on there. */
  readonly folder: string;
  /** Images of one file. */
  readonly shardRows: number;
}

/**
 * What training needs of every image, computed once, in shards that a run reads as its data.
 * @throws {GMemError} code `CONFIG` for targets of an encoder that gives none, `DATA` for a folder with other latents, `LOCKED`
 * while another process writes there.
 */
export async function encodeLatents(config: RunConfig, options: EncodeLatentsOptions): Promise<LatentsManifest> {
  const { folder, shardRows, ...of } = options;
  const { signal, onProgress } = of;
  await checkLatents(config, of);
  const opened = await openAll(config, of);
  const lock = await lockRun(folder);
  try {
    const hasEncoders = hasLatents(folder); // then encoders are those of the shards, whatever is asked for now
    const { images, writing, close } = await openLatentsWork(config, { opened, folder, ...of, hasEncoders });
    try {
      const total = images.length;
      const manifest = await writeLatents(images, {
        ...{ folder, shardRows, ...writing },
        ...(signal ? { signal } : {}),
        onProgress: (done) => onProgress?.({ stage: "latents", done, total }),
      });
      onProgress?.({ stage: "latents", done: total, total, result: `${counted(total, "image")} → ${folder}` });
      return manifest;
    } finally {
      await close();
    }
  } finally {
    await lock.release();
  }
}

/** @throws {GMemError} code `CONFIG` for parts that do not fit, before an image is read. */
export async function checkLatents(config: RunConfig, { targets }: LatentsOf): Promise<void> {
  if (targets && !config.objective.repa)
    throw new GMemError("CONFIG", "latents: --targets needs objective.repa, got none; set objective.repa.depth");
  await checkParts(config);
  if (config.start?.run) await checkStart(config);
}
