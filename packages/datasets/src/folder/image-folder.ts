import { basename, join, resolve } from "node:path";
import type { Dataset, ImageExample } from "@gmem/spec";
import { checkOptions, GMemError, type OptionTable } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import { type CaptionReport, captionReport } from "../captions/caption-report.ts";
import type { DecodeOptions } from "../decode/decode-image.ts";
import { toArray } from "../resize/rgb-image.ts";
import { rowAt } from "../rows-that-are-there.ts";
import { BadImagesError } from "./bad-images-error.ts";
import { byCodePoint } from "./by-code-point.ts";
import { captionsOfFolder } from "./captions-of-folder.ts";
import { expectedKinds } from "./file-kinds.ts";
import { type LeftOut, leftOutLines, leftOutSummary } from "./left-out.ts";
import { howOpened, imageOpener } from "./open-image.ts";
import { openImages, reopen } from "./open-images.ts";
import { scanFolder } from "./scan-folder.ts";

export interface ImageFolderOptions extends DecodeOptions {
  /** Crop every image to a square of this many pixels (ADM centre crop); without it images keep their sizes. */
  readonly size?: number;
  /** Shortest side that an image must have: `size` unless given, so that nothing is enlarged; lower it to allow that. */
  readonly minSize?: number;
  /** Pictures that cannot be used: refuse the folder and name them (the default), or leave them out and report them. */
  readonly onBad?: "refuse" | "skip";
  /** Labels by first subfolder. By default `folders` if every image lies in one, otherwise `none`. */
  readonly labels?: "folders" | "none";
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const table: OptionTable<ImageFolderOptions> = {
  size: "optional",
  minSize: "optional",
  onBad: "optional",
  labels: "optional",
  decode: "optional",
  background: "optional",
  onProgress: "optional",
  signal: "optional",
};

/** A folder of images: id is the path from the folder, the name says how files became pixels. */
export interface ImageFolder extends Dataset<ImageExample> {
  /** Class of each image by first subfolder, [length]; absent without subfolders. */
  readonly labels?: Int32Array;
  /** Subfolder names in label order; empty without labels. */
  readonly classes: readonly string[];
  /** Changes with the way of decoding, and when a file is added, removed, renamed or changes its length. */
  readonly contentId: string;
  /** How many files were there, and those that are not used, rows of tables without a picture among them. */
  readonly report: {
    readonly files: number;
    readonly leftOut: readonly LeftOut[];
  } & CaptionReport;
}

/**
 * The images under a folder (JPEG, PNG, WebP, GIF, AVIF, TIFF) as a person sees them, in the order of torchvision's
 * ImageFolder. Captions are lines of NAME.txt beside NAME.jpg and rows of `metadata.jsonl`, `metadata.csv` (Hugging Face) and
 * `captions.csv`; pictures may have none. Every file is decoded once when the folder is opened, so that a corrupt one shows now; up to 512 MiB of
 * pixels stay in memory, the rest is read again on access.
 * @throws {GMemError} code `DATA` if there is no image; {@link BadImagesError} if files are bad and `onBad` is `refuse`.
 * @example
 * // no-run
 * const photos = await imageFolder("photos", { size: 256, onBad: "skip" });
 * const { image, label, id } = await photos.at(0); // image [3,256,256] in [0, 1]
 * photos.report.leftOut; // [{ file: "cat/broken.jpg", kind: "cut short", reason: "…" }]
 */
export async function imageFolder(path: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  checkOptions("imageFolder", options, table);
  const { size, onBad = "refuse", onProgress, signal } = options;
  if (size !== undefined && !(Number.isInteger(size) && size > 0))
    throw new GMemError("CONFIG", `imageFolder: size must be a whole number of 1 or more, got ${size}`);
  const { decode = "seen", background = "#ffffff" } = options;
  const minSize = options.minSize ?? size ?? 1;
  const { images, others } = await scanFolder(path);
  const files = images.map(({ file }) => file);
  if (files.length === 0) throw noPictures(path, others);
  const labelled = hasLabels(path, files, options.labels);
  const open = imageOpener({ size, minSize, decode, background });
  const { good, bad, kept } = await openImages(path, files, { open, onProgress, signal });
  const beside = await captionsOfFolder(
    path,
    files,
    others.map(({ file }) => file),
  );
  const unused = others.filter(({ file }) => !beside.read.has(file));
  const leftOut = [...bad, ...beside.leftOut, ...unused].sort(
    (a, b) => Number(expectedKinds.has(a.kind)) - Number(expectedKinds.has(b.kind)),
  );
  const refused = leftOut.filter(({ kind }) => !expectedKinds.has(kind));
  if (good.length === 0 || (onBad === "refuse" && refused.length > 0)) throw refusal(path, refused, good.length);
  const bytes = new Map(images.map((image) => [image.file, image.bytes]));
  const classes = labelled ? [...new Set(files.map(classOf))].sort(byCodePoint) : [];
  const labels = Int32Array.from(labelled ? good : [], (file) => classes.indexOf(classOf(file)));
  const made = howOpened({ size, decode, background });
  const captionsOf = (file: string): readonly string[] => beside.captions.get(file) ?? [];
  const said = captionReport(good, captionsOf);
  const fileAt = (index: number): string => rowAt("imageFolder", good, index);
  return {
    name: `folder:${basename(resolve(path))} (${made})`,
    length: good.length,
    classes,
    contentId: textHash([`${made}\n`, ...good.map((file) => `${file}\0${bytes.get(file)}\n`)]),
    report: { files: files.length + others.length, leftOut, ...said },
    ...(labelled && { labels }),
    async at(index) {
      const file = fileAt(index);
      const image = kept.get(file) ?? (await reopen(join(path, file), open));
      const label = labels[index];
      const captions = captionsOf(file);
      return {
        image: toArray(image),
        id: file,
        ...(captions.length > 0 && { captions }),
        ...(label !== undefined && { label }),
      };
    },
    ...(said.captioned.captions > 0 && { captionsAt: async (index: number) => captionsOf(fileAt(index)) }),
  };
}

const classOf = (file: string): string => file.slice(0, file.indexOf("/"));

/** Labels come from subfolders if every image lies in one. */
function hasLabels(path: string, files: readonly string[], asked: ImageFolderOptions["labels"]): boolean {
  if (asked === "none") return false;
  const outside = files.filter((file) => !file.includes("/")).length;
  if (outside === 0 || asked === undefined) return outside === 0;
  throw new GMemError(
    "DATA",
    `imageFolder: classes need every image in a subfolder, got ${outside} of ${files.length} directly in "${path}"; move them into a folder for each class`,
  );
}

function noPictures(path: string, others: readonly LeftOut[]): GMemError {
  const rule = "imageFolder: the folder must hold JPEG, PNG, WebP, GIF, AVIF or TIFF files";
  const advice = "put images there or into one subfolder a class";
  const shown = others.length === 0 ? "" : `, ${leftOutSummary(others)}`;
  return new GMemError("DATA", `${rule}, got none in "${path}"${shown}; ${advice}${leftOutLines(others)}`);
}

function refusal(path: string, bad: readonly LeftOut[], others: number): BadImagesError {
  const advice =
    others === 0 ? noneLeft(bad) : `mend or remove them, or set onBad: "skip" to go on with the other ${others}`;
  return new BadImagesError(
    `imageFolder: every file must be a usable image, got ${bad.length} of ${bad.length + others} bad in "${path}", ${leftOutSummary(bad)}; ${advice}${leftOutLines(bad)}`,
    bad,
  );
}

const noneLeft = (bad: readonly LeftOut[]): string =>
  `no image is left${bad.every(({ kind }) => kind === "too small") ? ", choose a smaller size" : ""}`;
