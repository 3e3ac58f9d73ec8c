import { basename, join, resolve } from "node:path";
import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import { toArray } from "../resize/rgb-image.ts";
import { type BadFile, openImage, openImages } from "./open-images.ts";
import { scanFolder } from "./scan-folder.ts";

export interface ImageFolderOptions {
  /** Crop every image to a square of this many pixels (ADM centre crop); without it images keep their sizes. */
  readonly size?: number;
  /** Shortest side that an image must have: `size` unless given, so that nothing is enlarged; lower it to allow that. */
  readonly minSize?: number;
  /** Corrupt or too small files: refuse the folder and name them (the default), or leave them out and report them. */
  readonly onBad?: "refuse" | "skip";
  /** Labels by subfolder. By default `folders` if all images lie in subfolders, `none` if none does. */
  readonly labels?: "folders" | "none";
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A folder of images: id is the path from the folder. */
export interface ImageFolder extends Dataset<ImageExample> {
  /** Class of each image by first subfolder, [length]; absent without subfolders. */
  readonly labels?: Int32Array;
  /** Subfolder names in label order; empty without labels. */
  readonly classes: readonly string[];
  /** Changes when a file is added, removed, renamed or changes its length: compare it before resuming a run. */
  readonly contentId: string;
  readonly report: { readonly files: number; readonly bad: readonly BadFile[] };
}

/** A folder with files that are no usable images. */
export class BadImagesError extends GMemError {
  readonly bad: readonly BadFile[];
  constructor(message: string, bad: readonly BadFile[]) {
    super("DATA", message);
    this.bad = bad;
  }
}

/**
 * The images under a folder (PNG, JPEG, WebP), in the order of torchvision's ImageFolder. Every file is decoded once when
 * the folder is opened, so that a corrupt one shows now; up to 512 MiB of pixels stay in memory, the rest is read again on
 * access.
 * @throws {GMemError} code `DATA` if there is no image; {@link BadImagesError} if files are bad and `onBad` is `refuse`.
 * @example
 * // no-run
 * const photos = await imageFolder("photos", { size: 256, onBad: "skip" });
 * const { image, label, id } = await photos.at(0); // image [3,256,256] in [0, 1]
 * photos.report.bad; // [{ file: "cat/broken.jpg", reason: "…" }]
 */
export async function imageFolder(path: string, options: ImageFolderOptions = {}): Promise<ImageFolder> {
  const { size, onBad = "refuse", onProgress, signal } = options;
  if (size !== undefined && !(Number.isInteger(size) && size > 0))
    throw new GMemError("CONFIG", `imageFolder: size must be a whole number of 1 or more, got ${size}`);
  const minSize = options.minSize ?? size ?? 1;
  const found = await scanFolder(path);
  if (found.length === 0)
    throw new GMemError(
      "DATA",
      `imageFolder: the folder must hold PNG, JPEG or WebP files, got none in "${path}"; put images there or into one subfolder a class`,
    );
  const labelled = hasLabels(
    path,
    found.map(({ file }) => file),
    options.labels,
  );
  const files = found.map(({ file }) => file);
  const { good, bad, kept } = await openImages(path, files, { size, minSize, onProgress, signal });
  if (bad.length > 0 && (onBad === "refuse" || good.length === 0)) throw refusal(path, bad, files.length);
  const bytes = new Map(found.map((image) => [image.file, image.bytes]));
  const classes = labelled ? [...new Set(files.map(classOf))].sort() : [];
  const labels = Int32Array.from(labelled ? good : [], (file) => classes.indexOf(classOf(file)));
  return {
    name: `folder:${basename(resolve(path))}`,
    length: good.length,
    classes,
    contentId: textHash([`${size ?? "as is"}\n`, ...good.map((file) => `${file}\0${bytes.get(file)}\n`)]),
    report: { files: files.length, bad },
    ...(labelled && { labels }),
    async at(index) {
      const file = good[index];
      if (file === undefined)
        throw new GMemError("INVALID_REQUEST", `imageFolder: index must be 0…${good.length - 1}, got ${index}`);
      const image = kept.get(file) ?? (await reopen(join(path, file), size, minSize));
      const label = labels[index];
      return { image: toArray(image), id: file, ...(label !== undefined && { label }) };
    },
  };
}

const classOf = (file: string): string => file.slice(0, file.indexOf("/"));

/** Labels come from subfolders if all images lie in one; some inside and some outside is a question for the caller. */
function hasLabels(path: string, files: readonly string[], asked: ImageFolderOptions["labels"]): boolean {
  if (asked === "none") return false;
  const outside = files.filter((file) => !file.includes("/")).length;
  if (outside === 0) return true;
  if (outside === files.length && asked === undefined) return false;
  throw new GMemError(
    "DATA",
    `imageFolder: labels need every image in a subfolder, got ${outside} of ${files.length} directly in "${path}"; move them or set labels: "none"`,
  );
}

async function reopen(...[path, size, minSize]: Parameters<typeof openImage>): ReturnType<typeof openImage> {
  try {
    return await openImage(path, size, minSize);
  } catch (cause) {
    throw new GMemError(
      "DATA",
      `imageFolder: "${path}" must stay as it was when the folder was opened; restore it or open the folder again`,
      { cause },
    );
  }
}

function refusal(path: string, bad: readonly BadFile[], total: number): BadImagesError {
  const shown = bad.slice(0, 5).map(({ file, reason }) => `\n  ${file}: ${reason}`);
  const more = bad.length > shown.length ? `\n  and ${bad.length - shown.length} more` : "";
  const advice =
    bad.length === total
      ? "no image is left"
      : `mend or remove them, or set onBad: "skip" to go on with the other ${total - bad.length}`;
  return new BadImagesError(
    `imageFolder: every file must be a usable image, got ${bad.length} of ${total} bad in "${path}"; ${advice}${shown.join("")}${more}`,
    bad,
  );
}
