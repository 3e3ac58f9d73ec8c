import { loadImages, stackImages } from "@gmem/datasets";
import type { CaptionVectors } from "@gmem/datasets/captions";
import type { ImageExample, TextEncoder } from "@gmem/spec";
import { array, checkFinite, type Engine, GMemError, type NDArray, stopIfAborted } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { dataName, type Images, openAll } from "../parts/dataset.ts";
import { openEncoder } from "../parts/encoder.ts";
import type { OpenEncoder } from "../parts/encoder-kind.ts";
import { openEngine } from "../parts/engine.ts";
import { openTextEncoder } from "../parts/text-encoder.ts";
import type { OpenTextEncoder } from "../parts/text-encoder-kind.ts";
import type { WorkOptions } from "../progress.ts";
import { captionVectors, sayCut } from "./caption-vectors.ts";
import { nearestPictures } from "./nearest-pictures.ts";

export interface RetrieveOptions extends WorkOptions {
  /** What is looked for. */
  readonly texts: readonly string[];
  /** Pictures of each text. */
  readonly count: number;
  /** Near are pictures whose captions say the like, or with CLIP pictures that show it. Default "captions". */
  readonly by?: "captions" | "images";
  /** Where vectors of captions are kept, such as a folder that `text` has written. */
  readonly folder?: string | undefined;
}

export interface FoundPicture {
  /** Of the data. */
  readonly row: number;
  /** Its file, or what the data calls it. */
  readonly id: string;
  /** Cosine. */
  readonly score: number;
  /** The caption that is that near. */
  readonly caption?: string;
}

export interface Retrieved {
  /** One for each text, nearest first. */
  readonly found: readonly { readonly text: string; readonly pictures: readonly FoundPicture[] }[];
  /** The same pictures, text after text, [texts·count,3,H,W]. */
  readonly images: NDArray<"f32">;
  /** `id` of the text encoder. */
  readonly encoder: string;
}

/**
 * The nearest pictures of `config.data` to each text: the baseline of a model that draws them.
 * @throws {GMemError} code `CONFIG` without a text encoder, or by images without CLIP; `INVALID_REQUEST` for a text that says
 * nothing; `DATA` without captions; `NON_FINITE`.
 */
export async function retrieve(config: RunConfig, options: RetrieveOptions): Promise<Retrieved> {
  const { texts, count, by = "captions", folder, ...work } = options;
  const { textEncoder: settings } = config;
  if (!settings) throw new GMemError("CONFIG", "retrieve: needs a text encoder, got none; set textEncoder.kind");
  if (by === "images" && settings.kind !== "clip")
    throw new GMemError(
      "CONFIG",
      `retrieve: by images needs textEncoder.kind=clip, whose texts are where its pictures are, got ${settings.kind}`,
    );
  const silent = texts.findIndex((text) => text.trim() === "");
  if (silent >= 0 || texts.length === 0)
    throw new GMemError(
      "INVALID_REQUEST",
      `retrieve: a text must say something, got ${JSON.stringify(texts[silent] ?? texts)}`,
    );
  let engine: Engine | undefined;
  let encoder: OpenTextEncoder | undefined;
  try {
    engine = await openEngine(config.engine);
    encoder = await openTextEncoder(settings, { engine, ...work });
    const { images } = await openAll(config, work);
    const about = dataName(config);
    const known =
      by === "captions"
        ? (await captionVectors([images], { encoder, folder, about, ...work })).sets[0]
        : await pictureVectors(images, { config, engine, encoder, ...work });
    sayCut(texts, { encoder, ...work });
    const queries = await encoder.encode(texts);
    checkFinite({ vector: queries }, { where: `textEncoder: ${encoder.name}`, row: (i) => JSON.stringify(texts[i]) });
    const near = nearestPictures(queries, known as CaptionVectors, count);
    return { ...(await named(images, { texts, near, by })), encoder: encoder.id };
  } finally {
    await encoder?.dispose?.();
    await engine?.dispose();
  }
}

interface Near {
  readonly texts: readonly string[];
  readonly near: ReturnType<typeof nearestPictures>;
  readonly by: "captions" | "images";
}

/** Found rows with their names, captions and pictures. */
async function named(images: Images, { texts, near, by }: Near): Promise<Pick<Retrieved, "found" | "images">> {
  const [, k = 0] = near.rows.shape;
  const pictures: FoundPicture[] = [];
  const examples: ImageExample[] = [];
  for (const [at, row] of near.rows.data.entries()) {
    const example = await images.at(row);
    const { id, captions = [] } = example;
    examples.push(example);
    const caption =
      by === "captions" ? captions.filter((one) => one.trim() !== "")[near.captions.data[at] as number] : undefined;
    pictures.push({ row, id, score: near.scores.data[at] as number, ...(caption !== undefined && { caption }) });
  }
  const found = texts.map((text, i) => ({ text, pictures: pictures.slice(i * k, (i + 1) * k) }));
  return { found, images: stackImages(examples) };
}

interface ClipPictures extends WorkOptions {
  readonly config: RunConfig;
  readonly engine: Engine;
  readonly encoder: TextEncoder;
}

const block = 64;

/** Where CLIP puts the pictures: one vector each, in place of captions. */
async function pictureVectors(images: Images, options: ClipPictures): Promise<CaptionVectors> {
  const { config, engine, encoder: texts, ...work } = options;
  const { kind, variant, weights, network } = config.textEncoder as Extract<RunConfig["textEncoder"], { kind: "clip" }>;
  const settings = config.encoder.kind === "clip" ? config.encoder : { kind, variant, weights, network };
  const encoder: OpenEncoder = await openEncoder(settings, { engine, path: "", seed: config.seed, ...work });
  try {
    if (encoder.dim !== texts.dim)
      throw new GMemError(
        "CONFIG",
        `retrieve: pictures must be where texts are, ${texts.dim} wide, got ${encoder.dim}; give both towers with their projections`,
      );
    const { dim } = encoder;
    const vectors = new Float32Array(images.length * dim);
    for (let from = 0; from < images.length; from += block) {
      stopIfAborted(work.signal, `retrieve: stopped after ${from} pictures`);
      const rows = Int32Array.from({ length: Math.min(block, images.length - from) }, (_, i) => from + i);
      const features = await encoder.encode(await loadImages(images, rows));
      checkFinite({ vector: features }, { where: `encoder: ${encoder.name}`, row: (i) => `picture ${from + i}` });
      vectors.set(features.data, from * dim);
      work.onProgress?.({ stage: "pictures", done: from + rows.length, total: images.length });
    }
    const first = Int32Array.from({ length: images.length + 1 }, (_, i) => i);
    return { dim, encoderId: texts.id, vectors: array(vectors, [images.length, dim]), first };
  } finally {
    await encoder.dispose?.();
  }
}
