import { type Bank, compress, reduce, subset } from "@gmem/memory-bank";
import type { Run } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";

/** What is done to a trained run's bank before it is drawn from; the network stays. */
export interface MemorySettings {
  /** SVD factors of this rank (App. C). */
  readonly rank?: number;
  /** This share of the rows, drawn without replacement (Table 2). */
  readonly share?: number;
  /** Random@k or Average@k (E.1). */
  readonly pick?: "random" | "average";
  readonly perClass?: number;
}

/** The bank of a run. @throws {GMemError} code `CONFIG` for a run without one. */
export function bankOf({ bank, config }: Run): Bank {
  if (bank) return bank;
  throw new GMemError("CONFIG", `study: needs a memory bank, got conditioner.kind=${config.conditioner.kind}`);
}

/** The bank of a run, compressed, cut down or grouped by class. */
export async function alteredMemory(
  run: Run,
  { rank, share, pick, perClass }: MemorySettings,
  { seed }: { readonly seed: number },
): Promise<Bank> {
  const bank = bankOf(run);
  if (rank !== undefined) return compress(bank, { rank, engine: run.engine });
  if (share !== undefined) return subset(bank, Math.max(1, Math.round(share * bank.size)), { seed });
  if (pick !== undefined) return (await reduce(bank, { pick, perClass: perClass ?? 1, seed })).bank;
  return bank;
}
