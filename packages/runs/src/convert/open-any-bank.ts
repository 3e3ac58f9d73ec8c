import { existsSync, statSync } from "node:fs";
import { type Bank, bankFromOfficial } from "@gmem/memory-bank";
import { GMemError } from "@gmem/tensor";
import { describeWeights, readWeights } from "@gmem/weights";
import { bankFiles } from "../folder/run-files.ts";
import { openMemory } from "../open/open-memory.ts";

export interface AnyBank {
  readonly bank: Bank;
  /** The encoder beside it. */
  readonly encoder?: string;
}

/**
 * The bank of a run folder, a bank folder or a file: one of ours, with its edits, or one of the GMem code, full rows or
 * factors, as torch or safetensors.
 * @throws {GMemError} code `CONFIG` if nothing is there, `FORMAT` for a file that is no bank, `NON_FINITE` or `BANK` naming a row that
 * is not finite or zero.
 */
export async function openAnyBank(path: string): Promise<AnyBank> {
  if (!existsSync(path))
    throw new GMemError("CONFIG", `--bank: must be a bank's file or folder, got ${path}, which does not exist`);
  if (statSync(path).isDirectory()) {
    const { encoder, ...files } = bankFiles(path);
    const { bank } = await openMemory(files);
    return { bank, ...(existsSync(encoder) ? { encoder } : {}) };
  }
  const { values } = await describeWeights(path);
  if (String(values.format).startsWith("gmem-bank"))
    return { bank: (await openMemory({ bank: path, journal: path.replace(/(\.\w+)?$/, ".edits.jsonl") })).bank };
  const { tensors } = await readWeights(path);
  return { bank: bankFromOfficial(tensors, { where: path }) };
}
