import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { NDArray, Shape } from "@gmem/tensor";
import { openSafetensors, type SafetensorsFile } from "@gmem/weights";
import { type Bank, bankOf } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import type { Factors } from "./factors.ts";
import { defaultIndex, type IndexSpec } from "./index-by-noise.ts";
import { fileRows } from "./rows.ts";
import { bankFormat } from "./save-bank.ts";
import { unpackSourceIds } from "./source-ids.ts";

/**
 * Opens a bank file, or `bank.safetensors` in a folder. Rows stay on disk and are read by number; labels and factors are
 * in memory, source ids and moments come when asked for. Close it with `bank.close()`.
 * @throws {WeightsError} code `FORMAT` for a truncated or malformed file, `WEIGHTS` if there is none.
 * @throws {BankError} code `FORMAT` for a safetensors file that is no bank.
 * @example
 * await saveBank(build(key(0).normal([10, 4])), "bank.safetensors");
 * const bank = await openBank("bank.safetensors");
 * await bank.at(Int32Array.of(9, 0)); // f32 [2,4]
 * await bank.close();
 */
export async function openBank(path: string): Promise<Bank> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = await openSafetensors(isFolder ? join(path, "bank.safetensors") : path);
  try {
    return await bankIn(file);
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

async function bankIn(file: SafetensorsFile): Promise<Bank> {
  const { metadata, tensors } = file;
  if (metadata.format !== bankFormat)
    throw new BankError(
      file.path,
      `must be a memory bank (metadata format "${bankFormat}"); build one or convert the file`,
      metadata.format === undefined ? "a file without that mark" : `"${metadata.format}"`,
      "FORMAT",
    );
  const rows = fileRows(file, "C" in tensors ? "C" : "snippets");
  const factors = "C" in tensors ? await readFactors(file, rows.width) : undefined;
  const dim = factors ? (factors.basis.shape[0] as number) : rows.width;
  const labels = "labels" in tensors ? await labelsIn(file, rows.size) : undefined;
  const count = Number(metadata.moments_count);
  return bankOf({
    rows,
    ...(factors && { factors }),
    ...(labels && { labels }),
    encoderId: metadata.encoder_id ?? "unspecified",
    preprocessing: metadata.preprocessing ?? "unspecified",
    index: parseIndex(metadata.index, file.path),
    ...("source_ids" in tensors && {
      sources: async () => unpackSourceIds(await file.read("source_ids"), rows.size),
    }),
    ...("moments_scatter" in tensors && {
      moments: async () => ({
        count,
        mean: doubles(await shaped(file, "moments_mean", [dim])),
        scatter: doubles(await shaped(file, "moments_scatter", [dim, dim])),
      }),
    }),
    close: () => file.close(),
  });
}

async function readFactors(file: SafetensorsFile, rank: number): Promise<Factors> {
  const dim = file.tensors.mean?.shape[0] ?? 0;
  const single = async (name: string, shape: Shape): Promise<NDArray<"f32">> => ({
    dtype: "f32",
    shape,
    data: Float32Array.from((await shaped(file, name, shape)).data),
  });
  return {
    basis: await single("B", [dim, rank]),
    singular: await single("S", [rank]),
    mean: await single("mean", [dim]),
  };
}

async function labelsIn(file: SafetensorsFile, size: number): Promise<Int32Array> {
  const { data } = await shaped(file, "labels", [size]);
  return data instanceof Int32Array ? data : Int32Array.from(data);
}

/** A tensor that must have a given shape. @throws {BankError} code `FORMAT` */
async function shaped(file: SafetensorsFile, name: string, shape: Shape): Promise<NDArray> {
  const found = file.tensors[name]?.shape;
  if (String(found) !== String(shape))
    throw new BankError(
      `${file.path}: tensor "${name}"`,
      `must be [${shape}]`,
      found ? `[${found}]` : "none",
      "FORMAT",
    );
  return file.read(name);
}

const doubles = ({ data }: NDArray): Float64Array => (data instanceof Float64Array ? data : Float64Array.from(data));

const kinds: readonly IndexSpec["kind"][] = ["projection", "sum", "element", "hash", "independent"];

/** The index of a file's metadata. @throws {BankError} code `FORMAT` */
function parseIndex(text: string | undefined, path: string): IndexSpec {
  if (text === undefined) return defaultIndex;
  const refuse = (): never => {
    throw new BankError(
      path,
      `metadata "index" must be {"kind": "${kinds.join("|")}", "seed": number}`,
      text,
      "FORMAT",
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse();
  }
  if (typeof value !== "object" || value === null || !("kind" in value) || !("seed" in value)) return refuse();
  const kind = kinds.find((known) => known === value.kind);
  const { seed } = value;
  if (!kind || typeof seed !== "number" || !Number.isSafeInteger(seed) || seed < 0) return refuse();
  const element = "element" in value && typeof value.element === "number" ? value.element : undefined;
  return { kind, seed, ...(element !== undefined && { element }) };
}
