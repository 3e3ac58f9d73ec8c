import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { sizeOf } from "@gmem/tensor";
import { listCheckpoints } from "@gmem/trainer";
import { openSafetensors } from "@gmem/weights";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";

/** Bytes that an open run takes, by what they are for. */
export interface RunMemory {
  /** Parameters: on the device, and on the host for exports and hashes. */
  readonly parameters: number;
  readonly bank: number;
  /** Weights of a trained tokenizer and of the bank's encoder that lie in the folder; opened when they are asked for. */
  readonly parts: number;
  readonly total: number;
}

/**
 * What opening a run will take, before anything of it is loaded: by the headers and sizes of its files. Compiled samplers,
 * activations, and weights that lie elsewhere come on top.
 * @throws {GMemError} code `CONFIG` if the folder is no run, `FORMAT` for a damaged file.
 * @example
 * // no-run
 * const { total } = await runMemory("runs/mine"); // bytes
 */
export async function runMemory(folder: string): Promise<RunMemory> {
  const files = runFiles(folder);
  readRunConfig(files);
  const parameters = 2 * (await float32Bytes(await weightsOf(folder, files.model)));
  const bank = (await bytes(files.bank)) + (await bytes(files.journal));
  const parts = (await bytes(files.tokenizer)) + (await bytes(files.encoder));
  return { parameters, bank, parts, total: parameters + bank + parts };
}

/** The file of the finished run, or of its newest checkpoint. */
async function weightsOf(folder: string, model: string): Promise<{ readonly path: string; readonly prefix: string }> {
  const latest = existsSync(model) ? undefined : (await listCheckpoints(folder)).at(-1);
  return latest ? { path: `${latest.path}/state.safetensors`, prefix: "ema/" } : { path: model, prefix: "" };
}

/** Of the tensors whose names begin so, as they are computed with. */
async function float32Bytes({ path, prefix }: { readonly path: string; readonly prefix: string }): Promise<number> {
  if (!existsSync(path)) return 0;
  const file = await openSafetensors(path);
  await file.close();
  return Object.entries(file.tensors)
    .filter(([name]) => name.startsWith(prefix))
    .reduce((sum, [, { shape }]) => sum + 4 * sizeOf(shape), 0);
}

const bytes = async (path: string): Promise<number> => (existsSync(path) ? (await stat(path)).size : 0);
