import { GMemError } from "@gmem/tensor";

/** How the learning rate moves over a run, as a factor of `optimizer.lr`. */
export interface ScheduleConfig {
  readonly kind: "constant" | "cosine" | "linear";
  /** Steps over which the factor rises from 1/warmup to 1. */
  readonly warmup: number;
  /** Factor at the end of `cosine` and `linear`. */
  readonly floor: number;
  /** Steps until the floor is reached; `null`: the length of the run. */
  readonly steps: number | null;
}

/** The published setting. */
export const constantRate: ScheduleConfig = { kind: "constant", warmup: 0, floor: 1, steps: null };

/**
 * The factor at step 0, 1, …; past the end it stays at the floor.
 * @throws {GMemError} code `CONFIG` for lengths or floors that make no sense.
 * @example
 * const factor = schedule({ kind: "cosine", warmup: 20, floor: 0.05, steps: 1500 });
 * factor(0); // 1/20
 */
export function schedule(config: ScheduleConfig & { readonly steps: number }): (step: number) => number {
  const { kind, warmup, floor, steps } = config;
  if (!(warmup >= 0) || !(steps >= 1) || !(floor >= 0 && floor <= 1))
    throw new GMemError(
      "CONFIG",
      `schedule: needs warmup ≥ 0, steps ≥ 1 and 0 ≤ floor ≤ 1, got ${warmup}, ${steps} and ${floor}`,
    );
  const fall = {
    constant: () => 1,
    cosine: (x: number) => 0.5 * (1 + Math.cos(Math.PI * x)),
    linear: (x: number) => 1 - x,
  }[kind];
  if (!fall) throw new GMemError("CONFIG", `schedule: kind must be "constant", "cosine" or "linear", got "${kind}"`);
  return (step) => {
    if (step < warmup) return (step + 1) / warmup;
    const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
    return kind === "constant" ? 1 : floor + (1 - floor) * fall(progress);
  };
}
