import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { loadImages } from "@gmem/datasets";
import { fitPatchKmeans, loadPatchKmeans, patchKmeans, savePatchKmeans } from "@gmem/encoders/patch-kmeans";
import { type Bank, buildFromImages, compress, openBank, openJournal, saveBank, unitRows } from "@gmem/memory-bank";
import type { Dataset, Encoder, ImageExample } from "@gmem/spec";
import { concatRows, type Engine, type NDArray } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { progress } from "../output/progress.ts";
import type { RunFiles } from "./run-files.ts";

export interface EncoderOptions {
  readonly engine: Engine;
  readonly settings: RunConfig["encoder"];
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** The encoder of a run: loaded if it was learned before, learned from the images otherwise. */
export async function openEncoder(
  path: string,
  images: Dataset<ImageExample>,
  options: EncoderOptions,
): Promise<Encoder> {
  const { engine, settings, seed, signal } = options;
  if (existsSync(path)) return patchKmeans(await loadPatchKmeans(path), { engine });
  const { clusters, patchSize, pooling, patches, dim, whiten } = settings;
  const line = progress({ label: "encoder", total: 100 });
  const share = { patches: [0, 10], dictionary: [10, 35], features: [35, 95], axes: [95, 100] } as const;
  const weights = await fitPatchKmeans(images, {
    ...{ engine, seed, clusters, patchSize, dim, pooling, patches, whiten: whiten === 0 ? false : whiten },
    ...(signal ? { signal } : {}),
    onProgress({ stage, done, total }) {
      const [from, to] = share[stage];
      line.update(Math.round(from + ((to - from) * done) / Math.max(1, total)), stage);
    },
  });
  await mkdir(dirname(path), { recursive: true });
  await savePatchKmeans(path, weights);
  const encoder = patchKmeans(weights, { engine });
  line.finish(`learned from ${images.length} images · ${encoder.id}`);
  return encoder;
}

/** The bank of a run with its edits: opened if it is there, built from the images otherwise. */
export async function openRunBank(
  files: Pick<RunFiles, "bank" | "journal">,
  images: Dataset<ImageExample>,
  options: {
    readonly engine: Engine;
    readonly encoder: Encoder;
    readonly rank: number | null;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Bank> {
  const { engine, encoder, rank, signal } = options;
  if (!existsSync(files.bank)) {
    const line = progress({ label: "bank", total: images.length });
    const built = await buildFromImages(images, {
      ...{ encoder, engine, path: files.bank, batchSize: 256, shardRows: 2048 },
      ...(signal ? { signal } : {}),
      onProgress: (rows) => line.update(rows),
    });
    if (rank !== null) await saveBank(await compress(built, { rank, engine }), files.bank);
    await built.close();
    line.finish(`${images.length} snippets${rank === null ? "" : `, rank ${rank}`}`);
  }
  const bank = await openBank(files.bank);
  return existsSync(files.journal) ? (await openJournal(bank, files.journal)).bank : bank;
}

/** Unit snippets of images that are in no bank. */
export async function snippetsOf(encoder: Encoder, images: Dataset<ImageExample>): Promise<NDArray<"f32">> {
  const parts: NDArray<"f32">[] = [];
  const block = 256;
  for (let from = 0; from < images.length; from += block) {
    const rows = Int32Array.from({ length: Math.min(block, images.length - from) }, (_, i) => from + i);
    parts.push(await encoder.encode(await loadImages(images, rows)));
  }
  return unitRows(concatRows(parts));
}
