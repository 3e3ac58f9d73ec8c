import { stat } from "node:fs/promises";
import { join } from "node:path";
import { checkFinite, type NDArray, type Shape } from "@gmem/tensor";
import { openSafetensors, type SafetensorsFile } from "@gmem/weights";
import { type Bank, bankOf } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import type { Factors } from "./factors.ts";
import { defaultIndex, type IndexSpec } from "./index-by-noise.ts";
import { listedSources, listOfLines } from "./name-list.ts";
import { fileRows, rowBlocks } from "./rows.ts";
import { blockSize } from "./rows-moments.ts";
import { bankFormat } from "./save-bank.ts";
import { sourceLines, unpackSourceIds } from "./source-ids.ts";

/** Up to this many bytes rows are all looked at when the bank is opened: about 35 ms. */
const checkedAtOnce = 2 ** 25;

/**
 * Opens a bank file, or `bank.safetensors` in a folder. Rows stay on disk and are read by number; labels and factors are
 * in memory, source ids and moments come when asked for. Close it with `bank.close()`.
 *
 * Rows that are not finite or zero are refused by their number: of a bank up to 32 MiB here, of a larger one as they are read,
 * by `bank.at`, `nearest`, `report`, `compress` and `saveBank`.
 * @throws {WeightsError} code `FORMAT` for a truncated or malformed file, `WEIGHTS` if there is none.
 * @throws {BankError} code `FORMAT` for a safetensors file that is no bank, `NON_FINITE` or `BANK` naming a row without
 * direction; {GMemError} code `NON_FINITE` for factors that are not finite.
 * @example
 * await saveBank(build(key(0).normal([10, 4])), "bank.safetensors");
 * const bank = await openBank("bank.safetensors");
 * await bank.at(Int32Array.of(9, 0)); // f32 [2,4]
 * await bank.close();
 */
export async function openBank(path: string): Promise<Bank> {
  return (await openBankFile(path)).bank;
}

/** A bank as its file has it. */
export interface BankFile {
  readonly bank: Bank;
  /** The bank whose place it took, with its edits; a journal of that one is over. */
  readonly replaces?: string | undefined;
  /** What {@link saveBank} was told of its origin. */
  readonly origin?: string | undefined;
}

/**
 * {@link openBank}, with what the file says of the bank before it, for its journal.
 * @throws as {@link openBank}
 * @example
 * await saveBank(build(key(0).normal([10, 4])), "bank.safetensors");
 * const { bank, replaces } = await openBankFile("bank.safetensors");
 * const journal = await openJournal(bank, "bank.edits.jsonl", { replaces });
 * await bank.close();
 */
export async function openBankFile(path: string): Promise<BankFile> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = await openSafetensors(isFolder ? join(path, "bank.safetensors") : path);
  try {
    return { bank: await bankIn(file), replaces: file.metadata.replaces, origin: file.metadata.origin };
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
  const isCompressed = "C" in tensors;
  const rows = fileRows(file, isCompressed ? "C" : "snippets", { zeros: isCompressed });
  const factors = isCompressed ? await readFactors(file, rows.width) : undefined;
  if (4 * rows.size * rows.width <= checkedAtOnce) for await (const _ of rowBlocks(rows, blockSize));
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
      sources: listedSources(
        async () => unpackSourceIds(await file.read("source_ids"), rows.size),
        async () => listOfLines(sourceLines(await file.read("source_ids")), rows.size),
      ),
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

/** A finite tensor of a given shape. @throws {BankError} code `FORMAT` @throws {GMemError} code `NON_FINITE` */
async function shaped(file: SafetensorsFile, name: string, shape: Shape): Promise<NDArray> {
  const stored = file.tensors[name]?.shape;
  if (String(stored) !== String(shape))
    throw new BankError(
      `${file.path}: tensor "${name}"`,
      `must be [${shape}]`,
      stored ? `[${stored}]` : "none",
      "FORMAT",
    );
  const found = await file.read(name);
  checkFinite({ [name]: found }, { where: file.path, remedy: "make the bank again" });
  return found;
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
