import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Tree } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";
import { textHash, writeFileAtomic } from "@gmem/weights";

/** What a cell is computed from: all that its numbers depend on. */
export interface CellInput {
  /** Of the kind of cell. */
  readonly kind: string;
  readonly settings: Tree;
  readonly seed: number;
  readonly data?: string;
}

/** A computed cell as its file holds it. */
export interface CellRecord extends CellInput {
  readonly values: Readonly<Record<string, number>>;
  /** That it took; absent where many processes computed the cells, whose files are equal whoever it was. */
  readonly seconds?: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** The file of a cell, named by what it is computed from: cells that studies and sizes share are computed once. */
export const cellFile = (out: string, { kind, settings, seed, data }: CellInput): string =>
  join(out, "cells", `${kind}-${textHash([JSON.stringify([kind, sorted(settings), seed, data ?? null])])}.json`);

/** A cell that was computed before. @throws {GMemError} code `DATA` for a file that is no cell. */
export function readCell(path: string): CellRecord | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as CellRecord;
    if (Object.values(record.values).every(Number.isFinite)) return record;
  } catch {} // said below
  throw new GMemError("DATA", `${path}: must be a cell of a study, got other content; remove it to compute it again`);
}

/** A cell as its file holds it. */
export const cellText = (record: CellRecord): string => `${JSON.stringify(record, null, 2)}\n`;

/** Whole or not at all. */
export async function writeCell(out: string, record: CellRecord): Promise<void> {
  await mkdir(join(out, "cells"), { recursive: true });
  await writeFileAtomic(cellFile(out, record), cellText(record));
}

/** Keys in order at every depth, so that equal settings have one text. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}
