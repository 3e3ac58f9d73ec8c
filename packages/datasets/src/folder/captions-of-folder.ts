import { readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { captionsOfText, mostCaptionBytes, textOf } from "../captions/captions-of-row.ts";
import type { LeftOut } from "./left-out.ts";
import { isMetadata, readMetadata } from "./read-metadata.ts";

/** What the files beside pictures say of them. */
export interface FolderCaptions {
  /** By picture. */
  readonly captions: ReadonlyMap<string, readonly string[]>;
  /** Files that were read for captions. */
  readonly read: ReadonlySet<string>;
  /** Rows without a picture, and texts that cannot be read. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Captions of pictures: NAME.txt beside NAME.jpg, one a line, then rows of `metadata.jsonl`, `metadata.csv` and
 * `captions.csv` in any folder.
 * @throws {GMemError} code `DATA` for a table that cannot be read, or that leads out of its folder.
 */
export async function captionsOfFolder(
  folder: string,
  pictures: readonly string[],
  others: readonly string[],
): Promise<FolderCaptions> {
  const known = new Set(pictures);
  const captions = new Map<string, string[]>();
  const leftOut: LeftOut[] = [];
  const read = new Set<string>();
  const add = (picture: string, said: readonly string[]): void => {
    captions.set(picture, [...new Set([...(captions.get(picture) ?? []), ...said])]);
  };
  const texts = new Map(others.filter((file) => file.endsWith(".txt")).map((file) => [file.slice(0, -4), file]));
  for (const picture of texts.size > 0 ? pictures : []) {
    const file = texts.get(withoutEnding(picture));
    if (file === undefined) continue;
    const found = await readText(join(folder, file));
    if ("kind" in found) leftOut.push({ file, ...found });
    else add(picture, found.captions);
    read.add(file);
  }
  for (const file of others.filter(isMetadata)) {
    read.add(file);
    for (const row of await readMetadata(join(folder, file), file)) {
      const picture = posix.normalize(posix.join(posix.dirname(file), row.file));
      if (known.has(picture)) add(picture, row.captions);
      else leftOut.push({ file: row.at, kind: "row without a picture", reason: `row without a picture: ${picture}` });
    }
  }
  return { captions, read, leftOut };
}

const withoutEnding = (file: string): string => file.slice(0, -posix.extname(file).length);

async function readText(
  path: string,
): Promise<{ readonly captions: readonly string[] } | Pick<LeftOut, "kind" | "reason">> {
  const unreadable = (cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { kind: "unreadable captions", reason: `unreadable captions: ${reason}` };
  };
  const found = await stat(path).catch(unreadable);
  if ("kind" in found) return found;
  const { size } = found;
  if (size > mostCaptionBytes) {
    const kind = "too long captions";
    return { kind, reason: `${kind}: ${size} bytes, read are ${mostCaptionBytes}` };
  }
  const bytes = await readFile(path).catch(unreadable);
  if ("kind" in bytes) return bytes;
  const text = textOf(bytes);
  if (text === undefined) return { kind: "no UTF-8", reason: "no UTF-8: save it as UTF-8" };
  return { captions: captionsOfText(text) };
}
