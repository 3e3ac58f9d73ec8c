import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, encodePng, type RgbImage, toArray, toBytes } from "@gmem/datasets/png";
import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError, type NDArray, takeRows } from "@gmem/tensor";
import { contentHash, textHash, writeFileAtomic } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import type { WorkOptions } from "../progress.ts";
import type { Run } from "./open-run.ts";

export interface DrawnPicturesOptions extends Pick<WorkOptions, "signal"> {
  readonly count: number;
  /** Picture i depends on the seed and on i alone. */
  readonly seed: number;
  /** What is drawn, taken in turn, by a run that is conditioned on text. */
  readonly texts?: readonly string[] | undefined;
  /** Default: the run's. */
  readonly settings?: RunConfig["sampler"];
  /** Keeps each picture as a PNG in a folder of its own below this one, and draws none that is there. */
  readonly folder?: string | undefined;
}

/** Pictures of a run, drawn when they are asked for; id is the number of the picture. */
export interface DrawnPictures extends Dataset<ImageExample> {
  /** Of weights, bank, sampler, seed and count: pictures of equal ones are equal. */
  readonly content: string;
  /** Where they are kept. */
  readonly folder?: string;
}

/** Pictures of one call of the sampler. */
const batchSize = 16;

/**
 * The first pictures of a seed as a dataset, in bytes as a PNG has them. Work that was stopped goes on with equal pictures:
 * blocks are the same whichever of them were drawn before.
 * @throws {GMemError} code `CONFIG` for a count that is no positive whole number, or no texts where there should be some.
 * @example
 * // no-run
 * const pictures = await drawnPictures(await openRun("runs/mine"), { count: 1000, seed: 0, folder: "runs/mine/samples" });
 * const { image } = await pictures.at(3); // [3,H,W]
 */
export async function drawnPictures(run: Run, options: DrawnPicturesOptions): Promise<DrawnPictures> {
  const { count, seed, texts, settings = run.config.sampler, signal } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new GMemError("CONFIG", `drawnPictures: count must be a positive whole number, got ${count}`);
  if (texts?.length === 0) throw new GMemError("CONFIG", "drawnPictures: texts must be one or more, got none");
  const { files } = run;
  const banks = await Promise.all([files.bank, files.journal].map(fileHash));
  const of = textHash(
    [contentHash(run.parameters), ...banks, JSON.stringify([settings, seed, texts])].map((part) => `${part}\n`),
  );
  const folder = options.folder === undefined ? undefined : join(options.folder, `seed-${seed}-${of}`);
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const fileOf = (index: number): string => join(folder as string, `${String(index).padStart(6, "0")}.png`);
  const sampler = await run.sampler(settings, { batchSize });
  const requestOf = (from: number, n: number): unknown =>
    run.conditioner.parse(
      texts && { text: Array.from({ length: n }, (_, i) => texts[(from + i) % texts.length] as string) },
    );
  const drawBlock = async (block: number): Promise<readonly RgbImage[]> => {
    const firstId = block * batchSize;
    const n = Math.min(batchSize, count - firstId);
    const own = { request: requestOf(firstId, n), count: n, seed, firstId };
    const { images } = await sampler.draw({ ...own, ...(signal && { signal }) });
    const drawn = Array.from({ length: own.count }, (_, i) => toBytes(pictureOf(images, i)));
    if (folder !== undefined)
      for (const [i, image] of drawn.entries()) await writeFileAtomic(fileOf(firstId + i), await encodePng(image));
    return drawn;
  };
  const kept = new Map<number, Promise<readonly RgbImage[]>>();
  const blockOf = (block: number): Promise<readonly RgbImage[]> => {
    const known = kept.get(block);
    if (known) return known;
    const drawing = drawBlock(block);
    kept.set(block, drawing);
    const [oldest] = kept.keys();
    if (kept.size > 2 && oldest !== undefined) kept.delete(oldest);
    return drawing;
  };
  return {
    name: `${count} pictures of ${files.folder}, seed ${seed}`,
    length: count,
    content: textHash([of, `${count}`]),
    ...(folder !== undefined && { folder }),
    async at(index) {
      const stored = folder !== undefined && existsSync(fileOf(index)) ? await decodeImage(fileOf(index)) : undefined;
      const block = Math.floor(index / batchSize);
      const image = stored ?? ((await blockOf(block))[index % batchSize] as RgbImage);
      return { image: toArray(image), id: `${index}` };
    },
  };
}

function pictureOf(images: NDArray<"f32">, row: number): NDArray<"f32"> {
  const picture = takeRows(images, [row]);
  return { ...picture, shape: picture.shape.slice(1) };
}

/** Of a file's bytes; "" for none. */
async function fileHash(path: string): Promise<string> {
  if (!existsSync(path)) return "";
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
