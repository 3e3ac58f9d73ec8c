import { readFile } from "node:fs/promises";
import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import { type CaptionCount, countCaptions } from "../captions/count-captions.ts";
import { captionsFile, type LatentsManifest } from "./manifest.ts";

/** Keeps the captions of every row, where the dataset knows some. */
export async function writeCaptions(dataset: Dataset<ImageExample>, folder: string): Promise<CaptionCount | undefined> {
  if (!dataset.captionsAt) return undefined;
  const rows: (readonly string[])[] = [];
  while (rows.length < dataset.length) rows.push(await dataset.captionsAt(rows.length));
  const counted = await countCaptions({ ...dataset, captionsAt: async (row) => rows[row] ?? [] });
  const lines = rows.map((captions) => `${JSON.stringify(captions)}\n`);
  if (counted?.captions) await writeFileAtomic(captionsFile(folder), lines.join(""));
  return counted;
}

/** @throws {GMemError} code `FORMAT` if the file is not what {@link writeCaptions} left there. */
export async function readCaptions(
  folder: string,
  { captioned, count }: LatentsManifest,
): Promise<((row: number) => readonly string[]) | undefined> {
  if (!captioned?.captions) return undefined;
  const path = captionsFile(folder);
  try {
    const lines = (await readFile(path, "utf8")).split("\n").slice(0, -1);
    const rows = lines.map((line) => JSON.parse(line) as readonly string[]);
    const isText = (captions: unknown): boolean =>
      Array.isArray(captions) && captions.every((caption) => typeof caption === "string");
    if (rows.length !== count || !rows.every(isText)) throw new TypeError(`${rows.length} rows`);
    return (row) => rows[row] ?? [];
  } catch (cause) {
    throw new GMemError(
      "FORMAT",
      `${path}: must hold the captions of ${count} rows, one array a line, got ${cause instanceof Error ? cause.message : cause}; write the folder again`,
      { cause },
    );
  }
}
