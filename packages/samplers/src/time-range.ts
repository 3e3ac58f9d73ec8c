import type { Interpolant, Prediction } from "@gmem/spec";
import type { DiffusionForm } from "./diffusion.ts";

export interface TimeRangeOptions {
  readonly interpolant: Pick<Interpolant, "name">;
  readonly prediction: Prediction;
  /** The form of an SDE; absent for an ODE. */
  readonly form?: DiffusionForm;
  /** Length of an SDE's last step; 0 if it has none. */
  readonly lastStepSize?: number;
  /** Distance from ends where something is infinite; default 1e-3. */
  readonly epsilon?: number;
}

/**
 * Where integration starts and ends, canonical (docs/formulas.md, "Time range"): 1 to 0 for the velocity ODE; away from
 * noise where 1/α is needed (SBDM form; score, noise and x₀ predictions) and away from data where 1/σ is; an SDE stops
 * where its last step begins.
 * @example
 * const range = timeRange({ interpolant: { name: "linear" }, prediction: "velocity", form: "sigma", lastStepSize: 0.04 }); // 1, 0.04
 */
export function timeRange(options: TimeRangeOptions): readonly [start: number, end: number] {
  const { interpolant, prediction, form, lastStepSize = 0, epsilon = 1e-3 } = options;
  const stops = form !== undefined && lastStepSize > 0 ? lastStepSize : epsilon;
  if (interpolant.name === "vp") return [1, stops];
  if (prediction === "velocity" && form === undefined) return [1, 0];
  return [form === "SBDM" || prediction !== "velocity" ? 1 - epsilon : 1, stops];
}
