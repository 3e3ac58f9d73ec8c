import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Dataset, ImageExample } from "@gmem/spec";
import { checkOptions, GMemError, type OptionTable } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import { type CaptionReport, captionReport } from "../captions/caption-report.ts";
import type { DecodeOptions } from "../decode/decode-image.ts";
import { BadImagesError } from "../folder/bad-images-error.ts";
import { expectedKinds } from "../folder/file-kinds.ts";
import { type LeftOut, leftOutLines, leftOutSummary } from "../folder/left-out.ts";
import { howOpened, pictureOpener } from "../folder/open-image.ts";
import { openImages, reopen } from "../folder/open-images.ts";
import { toArray } from "../resize/rgb-image.ts";
import { rowAt } from "../rows-that-are-there.ts";
import { archivesIn, readable } from "./archives-in.ts";
import type { PackedPicture, PackedPictures } from "./packed-pictures.ts";
import { parquetPictures } from "./parquet-rows.ts";
import { tarPictures } from "./tar-rows.ts";

export interface ImageArchiveOptions extends DecodeOptions {
  /** Crop every image to a square of this many pixels (ADM centre crop); without it images keep their sizes. */
  readonly size?: number;
  /** Pictures that cannot be used: refuse the archive and name them (the default), or leave them out and report them. */
  readonly onBad?: "refuse" | "skip";
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const table: OptionTable<ImageArchiveOptions> = {
  size: "optional",
  onBad: "optional",
  decode: "optional",
  background: "optional",
  onProgress: "optional",
  signal: "optional",
};

/** Pictures of archives: id is the archive's name and that of the member or the number of the row. */
export interface ImageArchive extends Dataset<ImageExample> {
  /** Class of each image, [length]; absent unless every image has one. */
  readonly labels?: Int32Array;
  /** Class names in label order, or their numbers; empty without labels. */
  readonly classes: readonly string[];
  /** Changes with the way of decoding, and when a picture is added, removed, renamed or changes its length. */
  readonly contentId: string;
  /** What is not used, and which pictures have captions. */
  readonly report: { readonly leftOut: readonly LeftOut[] } & CaptionReport;
}

/**
 * The pictures of a tar archive (webdataset: `NAME.jpg` with `NAME.txt`, `NAME.json`, `NAME.cls`), of a parquet file (Hugging
 * Face: `image`, `text`, `label`), or of a folder of either, with captions and labels. Nothing is unpacked: headers and
 * captions are read when it is opened, a picture where it lies. Every picture is decoded once when the archive is opened, as
 * `imageFolder` does.
 * @throws {GMemError} code `DATA` if there is no picture or a file is missing, code `FORMAT` for a damaged archive;
 * {@link BadImagesError} if pictures are bad and `onBad` is `refuse`.
 * @example
 * // no-run
 * const shard = await imageArchive("shard-000.tar", { size: 256, onBad: "skip" });
 * const { image, captions, id } = await shard.at(0); // [3,256,256]; ["a dog on grass"]; "shard-000.tar/0001.jpg"
 */
export async function imageArchive(path: string, options: ImageArchiveOptions = {}): Promise<ImageArchive> {
  checkOptions("imageArchive", options, table);
  const { size, onBad = "refuse", decode = "seen", background = "#ffffff", onProgress, signal } = options;
  if (size !== undefined && !(Number.isInteger(size) && size > 0))
    throw new GMemError("CONFIG", `imageArchive: size must be a whole number of 1 or more, got ${size}`);
  const parts: PackedPictures[] = [];
  for (const file of await archivesIn(path))
    parts.push(await readable(file, () => (file.endsWith(".tar") ? tarPictures(file) : parquetPictures(file))));
  const byName = new Map(parts.flatMap(({ pictures }) => pictures.map((picture) => [picture.file, picture] as const)));
  const decoded = pictureOpener({ size, minSize: size ?? 1, decode, background });
  const open = (file: string) => decoded(async () => (byName.get(file) as PackedPicture).read(), ` "${file}"`);
  const { good, bad, kept } = await openImages("", [...byName.keys()], { open, onProgress, signal });
  const leftOut = [...bad, ...parts.flatMap((part) => part.leftOut)];
  const refused = leftOut.filter(({ kind }) => !expectedKinds.has(kind));
  if (good.length === 0 || (onBad === "refuse" && refused.length > 0)) throw refusal(path, leftOut, good.length);
  const pictures = good.map((file) => byName.get(file) as PackedPicture);
  const known = labelsOf(pictures, parts, path);
  const made = howOpened({ size, decode, background });
  const pictureAt = (index: number): PackedPicture => rowAt("imageArchive", pictures, index);
  const said = captionReport(good, (file) => byName.get(file)?.captions ?? []);
  return {
    name: `archive:${basename(resolve(path))} (${made})`,
    length: pictures.length,
    classes: known?.classes ?? [],
    contentId: textHash([`${made}\n`, ...pictures.map(({ file, bytes }) => `${file}\0${bytes}\n`)]),
    report: { leftOut, ...said },
    ...(known && { labels: known.labels }),
    async at(index) {
      const { file, captions } = pictureAt(index);
      const image = toArray(kept.get(file) ?? (await reopen(file, open)));
      const label = known?.labels[index];
      return { image, id: file, ...(captions.length > 0 && { captions }), ...(label !== undefined && { label }) };
    },
    ...(said.captioned.captions > 0 && { captionsAt: async (index: number) => pictureAt(index).captions }),
  };
}

/** Labels, where every picture has one. @throws {GMemError} code `DATA` for one that has no name among those of the file. */
function labelsOf(
  pictures: readonly PackedPicture[],
  parts: readonly PackedPictures[],
  path: string,
): { readonly labels: Int32Array; readonly classes: readonly string[] } | undefined {
  if (pictures.some(({ label }) => label === undefined)) return undefined;
  const labels = Int32Array.from(pictures, ({ label }) => label as number);
  const highest = labels.reduce((most, label) => Math.max(most, label), 0);
  const named = parts.find(({ classes }) => classes)?.classes;
  if (named && highest >= named.length)
    throw new GMemError("DATA", `${path}: labels must be below its ${named.length} classes, got ${highest}`);
  return { labels, classes: named ?? Array.from({ length: highest + 1 }, (_, label) => `${label}`) };
}

function refusal(path: string, leftOut: readonly LeftOut[], others: number): BadImagesError {
  const got = leftOut.length === 0 ? "none" : leftOutSummary(leftOut);
  const advice = others === 0 ? "no image is left" : `set onBad: "skip" to go on with the other ${others}`;
  return new BadImagesError(
    `imageArchive: "${path}" must hold usable pictures, got ${got}; ${advice}${leftOutLines(leftOut)}`,
    leftOut,
  );
}

/** True for a file or a folder that {@link imageArchive} reads. */
export async function isArchive(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (await archivesIn(path).catch(() => [])).length > 0;
}
