import { type Aval, type Engine, f32, type Named, type NDArray } from "@gmem/tensor";
import type { BlockMoments } from "@gmem/tensor/linalg";
import { SafetensorsWriter } from "@gmem/weights";
import type { Bank } from "./bank.ts";
import { rowBlocks } from "./rows.ts";
import { blockSize } from "./rows-moments.ts";
import { packSourceIds } from "./source-ids.ts";

export interface SaveOptions {
  /** How rows are stored; default "f32". Half precision halves the file and costs about 5e-4 a value. */
  readonly floats?: "f32" | "f16";
  /** Computes the moments, where they are not known yet. */
  readonly engine?: Engine;
  /** The bank whose place this one takes, edits included ({@link Journal.id}). */
  readonly replaces?: string;
  /** What the bank was made from, in the caller's words: to know it again. */
  readonly origin?: string;
}

/** Marks a safetensors file as a bank. */
export const bankFormat = "gmem-bank-1";

/**
 * Writes a bank to one safetensors file, block by block; the file appears complete or not at all. Tensors: `snippets`
 * [N,d], or `C` [N,r], `B` [d,r], `S` [r] and `mean` [d]; `labels` [N]; `source_ids` (UTF-8 lines in 32-bit words);
 * `moments_mean` [d] and `moments_scatter` [d,d]. Encoder, preprocessing and index are in the metadata.
 * @throws {WeightsError} code `DISK_FULL` or `WEIGHTS` @throws {BankError} for a source id of several lines.
 * @example
 * await saveBank(build(key(0).normal([10, 4])), "bank.safetensors", { floats: "f16" });
 */
export async function saveBank(bank: Bank, path: string, options: SaveOptions = {}): Promise<void> {
  const { floats = "f32", replaces, origin } = options;
  const rowsName = bank.factors ? "C" : "snippets";
  const moments = await bank.moments?.(options.engine);
  const others = await tensorsOf(bank, moments);
  const metadata = {
    format: bankFormat,
    encoder_id: bank.encoderId,
    preprocessing: bank.preprocessing,
    index: JSON.stringify(bank.index),
    ...(replaces !== undefined && { replaces }),
    ...(origin !== undefined && { origin }),
    ...(moments && { moments_count: String(moments.count) }),
  };
  const { size, width } = bank.rows;
  const avals: Named<Aval> = { ...others, [rowsName]: f32(size, width) };
  const writer = await SafetensorsWriter.create(path, avals, { metadata, floats });
  try {
    for (const [name, value] of Object.entries(others)) await writer.append(name, value);
    for await (const data of rowBlocks(bank.rows, blockSize)) {
      const rows = width === 0 ? 0 : data.length / width;
      if (rows > 0) await writer.append(rowsName, { dtype: "f32", shape: [rows, width], data });
    }
    await writer.close();
  } catch (cause) {
    await writer.abort();
    throw cause;
  }
}

/** Everything but the rows; factors as float64, so that half precision is for rows alone. */
async function tensorsOf(bank: Bank, moments: BlockMoments | undefined): Promise<Named<NDArray>> {
  const { factors, labels } = bank;
  const double = ({ shape, data }: NDArray<"f32">): NDArray => ({ dtype: "f64", shape, data: Float64Array.from(data) });
  const sources = await bank.sources?.();
  return {
    ...(factors && { B: double(factors.basis), S: double(factors.singular), mean: double(factors.mean) }),
    ...(labels && { labels: { dtype: "i32", shape: [labels.length], data: labels } }),
    ...(sources && { source_ids: packSourceIds(sources) }),
    ...(moments && {
      moments_mean: { dtype: "f64", shape: [bank.dim], data: moments.mean },
      moments_scatter: { dtype: "f64", shape: [bank.dim, bank.dim], data: moments.scatter },
    }),
  };
}
