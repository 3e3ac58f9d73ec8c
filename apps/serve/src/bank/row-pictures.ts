import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { encodePng } from "@gmem/datasets/png";
import { type Bank, openBank } from "@gmem/memory-bank";
import { openSource, type Run, type RunFiles } from "@gmem/runs";
import type { Dataset, ImageExample } from "@gmem/spec";
import type { NDArray } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import { keyOfRow, snippetKey } from "./snippet-key.ts";

/** Pictures that rows of a bank came from. */
export interface RowPictures {
  /** A PNG; undefined where there is none, or none that can be read. */
  of(bank: Bank, row: number): Promise<Uint8Array | undefined>;
}

/** Rows whose pictures are looked for in the data. */
const mostRows = 100_000;

/** Where the picture of an added snippet is kept, beside the bank. */
const keptAs = (files: Pick<RunFiles, "bank">, key: string): string =>
  join(dirname(files.bank), "pictures", `${key}.png`);

/** Pictures that were added, and those of the data that the run was trained on, which is opened at the first of them. */
export function rowPictures({ run }: { readonly run: Run }): RowPictures {
  let trained: Promise<TrainedPictures | undefined> | undefined;
  return {
    async of(bank, row) {
      const key = await keyOfRow(bank, row);
      const kept = keptAs(run.files, key);
      if (existsSync(kept)) return readFile(kept);
      trained ??= trainedPictures(run).catch(() => undefined); // data that is gone or of packages that are not here
      const found = await trained;
      const at = found?.rows.get(key);
      if (!found || at === undefined || at >= found.images.length) return undefined;
      return encodePng((await found.images.at(at)).image);
    },
  };
}

interface TrainedPictures {
  readonly images: Dataset<ImageExample>;
  /** Rows as they were built, by their snippets. */
  readonly rows: ReadonlyMap<string, number>;
}

async function trainedPictures({ config, files }: Run): Promise<TrainedPictures | undefined> {
  const source = await openSource(config);
  if (source.kind !== "images") {
    await source.stored.close();
    return undefined;
  }
  const stored = await openBank(files.bank);
  try {
    if (stored.size > mostRows || stored.size !== source.data.train.length) return undefined; // of other data, or reduced
    return { images: source.data.train, rows: await rowsBySnippet(stored) };
  } finally {
    await stored.close();
  }
}

async function rowsBySnippet(bank: Bank): Promise<ReadonlyMap<string, number>> {
  const rows = new Map<string, number>();
  const block = 1024;
  for (let from = 0; from < bank.size; from += block) {
    const count = Math.min(block, bank.size - from);
    const { data } = await bank.at(Int32Array.from({ length: count }, (_, i) => from + i));
    for (let i = 0; i < count; i++) rows.set(snippetKey(data.slice(i * bank.dim, (i + 1) * bank.dim)), from + i);
    await nextTurn(); // steps and answers go on
  }
  return rows;
}

/** Keeps the pictures [3,S,S] of snippets beside the bank while an edit is made; removes them again where it fails. */
export async function withKeptPictures<T>(
  files: Pick<RunFiles, "bank">,
  pictures: readonly { readonly snippet: Float32Array; readonly picture: NDArray<"f32"> }[],
  edit: () => Promise<T>,
): Promise<T> {
  const made: string[] = [];
  try {
    for (const { snippet, picture } of pictures) {
      const path = keptAs(files, snippetKey(snippet));
      if (existsSync(path)) continue;
      await mkdir(dirname(path), { recursive: true });
      made.push(path);
      await writeFileAtomic(path, await encodePng(picture));
    }
    return await edit();
  } catch (error) {
    for (const path of made) await rm(path, { force: true });
    throw error;
  }
}
