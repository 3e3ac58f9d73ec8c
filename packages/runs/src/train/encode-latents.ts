import { hasLatents, type LatentsManifest, writeLatents } from "@gmem/datasets/latents";
import { counted, type Engine, GMemError } from "@gmem/tensor";
import { lockRun } from "@gmem/trainer";
import { textHash } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { bankFilesIn } from "../folder/run-files.ts";
import { dataName, openAll } from "../parts/dataset.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { openEngine } from "../parts/engine.ts";
import { openTokenizer } from "../parts/tokenizer.ts";
import type { WorkOptions } from "../progress.ts";
import { checkParts } from "./check-parts.ts";
import { checkStart } from "./check-start.ts";
import type { LatentsKey } from "./data-source.ts";
import { encodeRows } from "./encode-rows.ts";
import { contentOf } from "./image-content.ts";
import { openRepaEncoders, type RepaEncoders, sharesEncoder } from "./repa-encoders.ts";
import { keepStartEncoder } from "./start-run.ts";

export interface EncodeLatentsOptions extends WorkOptions {
  /** Where the shards go; work that was stopped goes on there. */
  readonly folder: string;
  /** With the encoder's features. */
  readonly snippets?: boolean;
  /** With the encoder's patch tokens, REPA's targets. */
  readonly targets?: boolean;
  /** Images of one file. */
  readonly shardRows: number;
  /** Stores half precision. */
  readonly half?: boolean;
}

/**
 * What training needs of every image, computed once, in shards that a run reads as its data.
 * @throws {GMemError} code `CONFIG` for targets of an encoder that gives none, `DATA` for a folder with other latents, `LOCKED`
 * while another process writes there.
 */
export async function encodeLatents(config: RunConfig, options: EncodeLatentsOptions): Promise<LatentsManifest> {
  const { folder, snippets, targets, shardRows, half, ...work } = options;
  const { image, tokenizer: settingsOfTokenizer, encoder: settingsOfEncoder, seed } = config;
  if (targets && !config.objective.repa)
    throw new GMemError("CONFIG", "latents: --targets needs objective.repa, got none; set objective.repa.depth");
  await checkParts(config);
  if (config.start?.run) await checkStart(config);
  const { images, contentId, captioned: _, ...facts } = await openAll(config, work);
  const lock = await lockRun(folder);
  let engine: Engine | undefined;
  let encoder: OpenEncoder | undefined;
  let repa: RepaEncoders | undefined;
  try {
    engine = await openEngine(config.engine);
    const tokenizer = await openTokenizer(config, { engine, ...work });
    const path = bankFilesIn(folder).encoder;
    const hasBegun = hasLatents(folder); // then encoders are those of the shards, whatever is asked for now
    const isKept = hasBegun || (snippets && (await keepStartEncoder(config, path)));
    const madeFrom = textHash([contentId ?? (await contentOf(images)), JSON.stringify(image)]);
    const learning = { engine, path, images, ...work, ...(!hasBegun && { madeFrom }) };
    if (snippets || (targets && sharesEncoder(config)))
      encoder = await openEncoder(settingsOfEncoder, { ...learning, seed, ...(isKept && { madeFrom: undefined }) });
    if (targets) repa = await openRepaEncoders(config, { ...learning, own: encoder });
    const key: LatentsKey = {
      data: dataName(config),
      ...(contentId ? { contentId } : {}),
      image,
      tokenizer: settingsOfTokenizer,
      seed,
      ...(half ? { half } : {}),
      ...(encoder ? { encoder: settingsOfEncoder, encoderId: encoder.id } : {}),
      ...(repa ? { grid: repa.grid, targetIds: repa.encoders.map(({ id }) => id) } : {}),
    };
    // SD-VAE's latents are drawn anew at each visit, as in REPA; VA-VAE's once, as in LightningDiT
    const posterior = settingsOfTokenizer.kind === "va-vae" ? "once" : "each visit";
    const total = images.length;
    const manifest = await writeLatents(images, {
      folder,
      key: JSON.parse(JSON.stringify(key)) as LatentsKey,
      ...facts,
      shardRows,
      floats: half ? "f16" : "f32",
      encode: encodeRows({
        tokenizer,
        posterior,
        flip: image.flip,
        seed,
        ...(encoder ? { encoder } : {}),
        ...(repa ? { targets: repa } : {}),
      }),
      ...(work.signal ? { signal: work.signal } : {}),
      onProgress: (done) => work.onProgress?.({ stage: "latents", done, total }),
    });
    work.onProgress?.({ stage: "latents", done: total, total, result: `${counted(total, "image")} → ${folder}` });
    return manifest;
  } finally {
    await repa?.close();
    await encoder?.dispose?.();
    await engine?.dispose();
    await lock.release();
  }
}
