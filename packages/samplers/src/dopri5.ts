import { GMemError } from "@gmem/tensor";

/** The Dormand–Prince method: the step size follows the error, so NFE depends on the data. */
export interface AdaptiveSolver {
  readonly name: "dopri5";
  readonly adaptive: true;
  readonly rtol: number;
  readonly atol: number;
  readonly norm: "batch" | "sample";
  readonly overshoot: boolean;
}

export interface Dopri5Options {
  /** Default 1e-3. */
  readonly rtol?: number;
  /** Default 1e-6. */
  readonly atol?: number;
  /**
   * "batch" (default, as in SiT) takes one step size for all samples, so a sample depends on its batch; "sample" takes one
   * for each.
   */
  readonly norm?: "batch" | "sample";
  /** Steps past the end and interpolates back, as torchdiffeq does; default false: the last step ends exactly there. */
  readonly overshoot?: boolean;
}

/**
 * Dormand–Prince 5(4) for the samplers (docs/formulas.md, "dopri5"), with torchdiffeq's step control.
 * @throws {GMemError} code `CONFIG` for tolerances that are not positive.
 * @example
 * const solver = dopri5({ rtol: 1e-4, norm: "sample" });
 */
export function dopri5(options: Dopri5Options = {}): AdaptiveSolver {
  const { rtol = 1e-3, atol = 1e-6, norm = "batch", overshoot = false } = options;
  if (!(rtol > 0 && atol > 0))
    throw new GMemError("CONFIG", `dopri5: tolerances must be positive, got rtol ${rtol}, atol ${atol}`);
  return { name: "dopri5", adaptive: true, rtol, atol, norm, overshoot };
}
