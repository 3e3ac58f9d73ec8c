import type { Bank } from "@gmem/memory-bank";
import { GMemError, type NDArray } from "@gmem/tensor";

const most = 2 ** 26;

/**
 * All rows of a bank [M,d], for texts to snap to; they stand in the sampler's program.
 * @throws {GMemError} code `CONFIG` for a bank too large for that.
 */
export async function snapRows(bank: Bank): Promise<NDArray<"f32">> {
  const { size, dim } = bank;
  if (size * dim > most)
    throw new GMemError(
      "CONFIG",
      `conditioner.snap: needs a bank of ${Math.floor(most / dim)} rows or fewer at ${dim} wide, got ${size}; reduce it with \`bank reduce\`, or set conditioner.snap=false`,
    );
  return bank.at(Int32Array.from({ length: size }, (_, row) => row));
}
