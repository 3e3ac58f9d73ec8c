import { bankOf, build, saveBank } from "@gmem/memory-bank";
import { features } from "./features.ts";

const block = 8192;

/** Writes a bank of many rows from a block of rows that repeats with shifts. */
export async function writeRepeated(
  path: string,
  { size, width }: { readonly size: number; readonly width: number },
): Promise<void> {
  const bank = build(features(block, width));
  const data = await bank.rows.slice(0, block);
  const slice = async (start: number, end: number): Promise<Float32Array> => {
    const out = new Float32Array((end - start) * width);
    for (let row = start; row < end; row++) {
      const from = ((row % block) * width + 7 * Math.floor(row / block)) % ((block - 1) * width);
      out.set(data.subarray(from, from + width), (row - start) * width);
    }
    return out;
  };
  const { moments: _, ...parts } = bank;
  await saveBank(bankOf({ ...parts, rows: { size, width, slice, take: () => slice(0, 0) } }), path);
}
