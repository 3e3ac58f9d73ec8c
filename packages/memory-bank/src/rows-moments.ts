import type { Engine } from "@gmem/tensor";
import { RunningMoments, scatterProgram } from "@gmem/tensor/linalg";
import { type Rows, rowBlocks } from "./rows.ts";

/** Rows a block: at most 8192 keeps float32 products accurate enough (docs/formulas.md, "Moments"). */
export const blockSize = 4096;

/**
 * n, mean and scatter of rows in one pass (docs/formulas.md, "Moments"): float32 products inside a block when an engine
 * is given, float64 between blocks and without engine.
 * @throws {GMemError} code `NON_FINITE` for NaN or infinite rows.
 */
export async function rowsMoments(rows: Rows, engine?: Engine): Promise<RunningMoments> {
  const moments = new RunningMoments(rows.width);
  if (!engine) {
    for await (const block of rowBlocks(rows, blockSize)) moments.add(block);
    return moments;
  }
  const program = await scatterProgram(engine, { dim: rows.width, rows: Math.min(blockSize, rows.size) });
  try {
    for await (const block of rowBlocks(rows, blockSize)) moments.merge(await program.run(block));
  } finally {
    await program.dispose();
  }
  return moments;
}
