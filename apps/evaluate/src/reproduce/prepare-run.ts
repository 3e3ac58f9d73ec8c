import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compress, reduce, saveBank } from "@gmem/memory-bank";
import { isRunFolder, type WorkOptions } from "@gmem/runs";
import { fromCheckpoint, openAnyBank } from "@gmem/runs/convert";
import type { Engine } from "@gmem/tensor";
import type { FileRole, Reproduction } from "../reproductions/reproduction.ts";

interface Preparing extends WorkOptions {
  readonly out: string;
  readonly engine: Engine;
  readonly seed: number;
  /** On this disk. */
  readonly files: Readonly<Partial<Record<FileRole, string>>>;
  /** `key=value`, last. */
  readonly settings: readonly string[];
}

/** The run folder of a released checkpoint and its bank; what is there from before is taken. */
export async function prepareRun(reproduction: Reproduction, options: Preparing): Promise<string> {
  const { out, files, settings, onProgress, engine: _, seed: __, ...work } = options;
  const run = join(out, "run");
  if (isRunFolder(run)) return run;
  await mkdir(out, { recursive: true });
  const { tokenizer, statistics, checkpoint = "" } = files;
  const conversion = await fromCheckpoint({
    source: checkpoint,
    out: run,
    settings: [
      ...reproduction.settings,
      ...(tokenizer === undefined ? [] : [`tokenizer.weights=${tokenizer}`]),
      ...(statistics === undefined ? [] : [`tokenizer.statistics=${statistics}`]),
      ...settings,
    ],
    options: { bank: await preparedBank(reproduction, options) },
    work,
  });
  try {
    if (conversion.problem) throw conversion.problem;
    await conversion.write();
    const notes = [conversion.weights, ...conversion.assumed].filter((note) => note !== undefined);
    onProgress?.({ stage: "convert", done: 1, total: 1, result: [conversion.about, ...notes].join("\n  ") });
  } finally {
    await conversion.close();
  }
  return run;
}

/** The bank as it is, or cut down as the reproduction asks. */
async function preparedBank({ memory }: Reproduction, { out, engine, seed, files }: Preparing): Promise<string> {
  const { bank: path = "" } = files;
  if (!memory) return path;
  const place = join(out, "bank.safetensors");
  if (existsSync(place)) return place;
  const { bank } = await openAnyBank(path);
  try {
    const changed =
      "rank" in memory ? await compress(bank, { ...memory, engine }) : (await reduce(bank, { ...memory, seed })).bank;
    await saveBank(changed, place);
  } finally {
    await bank.close();
  }
  return place;
}
