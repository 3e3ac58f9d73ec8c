import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset, ImageExample } from "@gmem/spec";
import { checkOptions, type OptionTable } from "@gmem/tensor";
import type { DecodeOptions } from "../decode/decode-image.ts";
import { toArray } from "../resize/rgb-image.ts";
import { rowAt } from "../rows-that-are-there.ts";
import { BadImagesError } from "./bad-images-error.ts";
import { expectedKinds } from "./file-kinds.ts";
import { type LeftOut, leftOutLines } from "./left-out.ts";
import { imageOpener, type OpenImageOptions } from "./open-image.ts";
import { openImages, reopen } from "./open-images.ts";
import { scanFolder } from "./scan-folder.ts";

export interface ImageFilesOptions extends DecodeOptions, OpenImageOptions {
  /** Pictures of folders that cannot be used: refuse them all and name them (the default), or leave them out and report them. */
  readonly onBad?: "refuse" | "skip";
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const table: OptionTable<ImageFilesOptions> = {
  size: "optional",
  minSize: "optional",
  onBad: "optional",
  decode: "optional",
  background: "optional",
  onProgress: "optional",
  signal: "optional",
};

/** Pictures that were named: id is the path. */
export interface ImageFiles extends Dataset<ImageExample> {
  /** Path of each picture. */
  readonly files: readonly string[];
  /** Files of folders that are not used. */
  readonly report: { readonly leftOut: readonly LeftOut[] };
}

/**
 * Pictures by their paths, in that order; a folder stands for all pictures in it and below, in the order of `imageFolder`.
 * A file that is named itself must be usable.
 * @throws {BadImagesError} code `DATA` naming every file that cannot be used, and why.
 * @example
 * // no-run
 * const more = await imageFiles(["new.jpg", "album"], { size: 256, minSize: 256, onBad: "skip" });
 */
export async function imageFiles(paths: readonly string[], options: ImageFilesOptions = {}): Promise<ImageFiles> {
  checkOptions("imageFiles", options, table);
  const { onBad = "refuse", onProgress, signal, ...decoding } = options;
  const files: string[] = [];
  const leftOut: LeftOut[] = [];
  const named = new Set<string>();
  for (const path of paths) {
    if (!(await stat(path).catch(() => undefined))?.isDirectory()) {
      files.push(path);
      named.add(path);
      continue;
    }
    const { images, others } = await scanFolder(path);
    files.push(...images.map(({ file }) => join(path, file)));
    leftOut.push(...others.map((other) => ({ ...other, file: join(path, other.file) })));
  }
  const open = imageOpener(decoding);
  const { good, bad, kept } = await openImages("", files, { open, onProgress, signal });
  const isRefused = ({ file, kind }: LeftOut): boolean =>
    named.has(file) || (onBad === "refuse" && !expectedKinds.has(kind));
  const all = [...bad, ...leftOut];
  const refused = all.filter(isRefused);
  if (refused.length > 0 || good.length === 0) throw refusal(refused.length > 0 ? refused : all, files.length);
  return {
    name: `files:${paths.join(", ")}`,
    length: good.length,
    files: good,
    report: { leftOut: all },
    async at(index) {
      const file = rowAt("imageFiles", good, index);
      return { image: toArray(kept.get(file) ?? (await reopen(file, open))), id: file };
    },
  };
}

function refusal(bad: readonly LeftOut[], files: number): BadImagesError {
  const got = bad.length === 0 ? "none" : `${bad.length} of ${Math.max(files, bad.length)} that are not`;
  const advice = bad.length === 0 ? "name pictures or folders that hold some" : "leave out or mend:";
  return new BadImagesError(`imageFiles: every picture must be usable, got ${got}; ${advice}${leftOutLines(bad)}`, bad);
}
