import { resolve } from "node:path";
import { decodeImage, toArray } from "@gmem/datasets/png";
import { type Files, getJob, type JobContext, shardResult } from "@gmem/jobs";
import { datasetSource, type ExtractOptions, type PictureSource, pictureSource } from "@gmem/metrics/folders";
import type { Dataset, ImageExample, Store } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { checkConfig } from "../config/load.ts";
import type { RunConfig } from "../config/schema.ts";
import type { Tree } from "../config/tree.ts";
import { openSource } from "../train/data-source.ts";

/** Pictures as those who share work name them. */
export type PicturesOf =
  /** A folder or an archive, under the same path on every machine. */
  | { readonly path: string }
  /** Those that a run is trained on, or that it holds out. */
  | { readonly config: RunConfig; readonly side: "train" | "heldOut" }
  /** Those that a job of samples left in the store, by its key. */
  | { readonly samples: string };

/** The same as plain data: what a job says of them. */
export function toldPictures(of: PicturesOf): unknown {
  if ("path" in of) return { path: resolve(of.path) };
  return "samples" in of ? of : { config: JSON.parse(JSON.stringify(of.config)) as Tree, side: of.side };
}

/**
 * Opens what {@link toldPictures} told.
 * @throws {GMemError} code `DATA` for a run of latents, `STORE` for samples that are not there.
 */
export async function openTold(
  told: unknown,
  { store, onBad, content, ...work }: Omit<JobContext, "scratch"> & Pick<ExtractOptions, "onBad"> & Known,
): Promise<PictureSource> {
  const of = told as Exclude<PicturesOf, { config: RunConfig }> | { readonly config: Tree; readonly side: "train" };
  if ("path" in of) return pictureSource(of.path, onBad && { onBad });
  if ("samples" in of) return datasetSource(await samplesIn(store, of.samples), content);
  const source = await openSource(checkConfig(of.config, "job"), work);
  if (source.kind === "images") return datasetSource(source.data[of.side]);
  await source.stored.close();
  throw new GMemError("DATA", "job: the data of its run must be pictures, got latents here; use the same folder");
}

interface Known {
  /** What samples are known by: they are named by what they were drawn from. */
  readonly content?: string | undefined;
}

/** Pictures of a job of samples, a shard in memory at a time. */
async function samplesIn(store: Store, key: string): Promise<Dataset<ImageExample>> {
  const { count, shardSize } = await getJob(store, key);
  let kept: { readonly index: number; readonly files: Promise<Files> } | undefined;
  return {
    name: `samples of job ${key}`,
    length: count,
    async at(number) {
      const index = Math.floor(number / shardSize);
      if (kept?.index !== index) kept = { index, files: shardResult(store, { key, index }) };
      const end = `${String(number).padStart(6, "0")}.png`;
      const [, bytes] = Object.entries(await kept.files).find(([name]) => name.endsWith(`/${end}`)) ?? [];
      if (!bytes) throw new GMemError("STORE", `${store.name}: job ${key} must have ${end}, got none; draw it again`);
      return { image: toArray(await decodeImage(bytes)), id: `${number}` };
    },
  };
}
