import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GMemError } from "@gmem/tensor";
import type { CaptionCount } from "../captions/count-captions.ts";
import type { Credit } from "../drawings/icon-set.ts";
import type { LeftOut } from "../folder/left-out.ts";

/** What `latents.json` says of the shards beside it. */
export interface LatentsManifest {
  readonly format: "gmem-latents";
  readonly version: 1;
  /** N. */
  readonly count: number;
  /** Rows of every shard but the last. */
  readonly shardRows: number;
  /** Shape of a row of each tensor in the shards. */
  readonly parts: Readonly<Record<string, readonly number[]>>;
  readonly labelled: boolean;
  readonly classes: readonly string[];
  /** Files that were not encoded, and why. */
  readonly leftOut?: readonly LeftOut[];
  /** Of the captions in `captions.jsonl`. */
  readonly captioned?: CaptionCount;
  /** Who made the pictures, where the data says so. */
  readonly credits?: readonly Credit[];
  /** Rows to hold out, where the data says which. */
  readonly heldOut?: readonly number[];
  /** What the caller says the content depends on: data, image size, networks. */
  readonly key: unknown;
}

export const manifestFile = (folder: string): string => join(folder, "latents.json");

/** One line a row: its captions as an array. */
export const captionsFile = (folder: string): string => join(folder, "captions.jsonl");

/** The name of a shard in its folder. */
export const latentsShard = (shard: number): string => `latents-${String(shard).padStart(5, "0")}.safetensors`;

export const shardFile = (folder: string, shard: number): string => join(folder, latentsShard(shard));

/** True for a folder that {@link readManifest} reads. */
export const isLatentsFolder = (folder: string): boolean => existsSync(manifestFile(folder));

/** True for a folder that has latents, if only the first of them. */
export const hasLatents = (folder: string): boolean => isLatentsFolder(folder) || existsSync(shardFile(folder, 0));

/** @throws {GMemError} code `FORMAT` if the file is damaged or of another version. */
export async function readManifest(folder: string): Promise<LatentsManifest> {
  const path = manifestFile(folder);
  let found: Partial<LatentsManifest>;
  try {
    found = JSON.parse(await readFile(path, "utf8")) as Partial<LatentsManifest>;
  } catch (cause) {
    throw new GMemError("FORMAT", `${path}: must be the JSON that writeLatents left there; write the folder again`, {
      cause,
    });
  }
  const whole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
  const shapes = Object.values(found?.parts ?? {});
  const { heldOut } = found ?? {};
  const isRow = (row: unknown): boolean =>
    Number.isInteger(row) && (row as number) >= 0 && (row as number) < (found.count ?? 0);
  const isComplete =
    found?.format === "gmem-latents" &&
    found.version === 1 &&
    whole(found.count) &&
    whole(found.shardRows) &&
    Array.isArray(found.parts?.latents) &&
    shapes.every((shape) => Array.isArray(shape) && shape.every(whole)) &&
    Array.isArray(found.classes) &&
    (heldOut === undefined || (Array.isArray(heldOut) && heldOut.every(isRow)));
  if (!isComplete)
    throw new GMemError("FORMAT", `${path}: must describe latents of version 1, got ${JSON.stringify(found)}`);
  return found as LatentsManifest;
}
