import type { Solver, VelocityModel } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { isStochastic } from "./diffusion.ts";
import { evaluationTimes } from "./evaluation-times.ts";
import { type Grid, uniformGrid } from "./grid.ts";
import { type Guidance, isGuided } from "./guidance.ts";
import type { FinishedSolver } from "./heun.ts";
import { type LastStepKind, lastStep } from "./last-step.ts";
import { timeRange } from "./time-range.ts";

/** How a solver is laid over time. */
export interface ScheduleOptions {
  /** All steps, the last one included. */
  readonly steps: number;
  /** Default uniform. */
  readonly grid?: Grid;
  /** Default: what {@link timeRange} gives for path, prediction and form. Of an SDE without its last step. */
  readonly range?: readonly [start: number, end: number];
  /** How an SDE ends; default mean. */
  readonly lastStep?: LastStepKind;
  /** Length of an SDE's last step; default 0.04 for Euler–Maruyama, 0.004 for Heun. */
  readonly lastStepSize?: number;
  readonly guidance?: Guidance | undefined;
  /**
   * The share of the way from noise that is gone, default 1: 0.6 takes the last 0.6 of the steps, from 0.6 of the first time.
   * With 0 there is nothing to do.
   */
  readonly strength?: number;
}

/** One step to be run. */
export interface PlannedStep {
  readonly solver: Solver;
  readonly t: number;
  readonly tNext: number;
  /** For each evaluation of v: is the null input evaluated too? */
  readonly guided: readonly boolean[];
}

type Path = Pick<VelocityModel, "interpolant" | "prediction">;

/**
 * The steps of a solver: which solver takes each, from when to when, and which of its evaluations are guided.
 * @throws {GMemError} code `CONFIG` for too few steps, or last-step settings on an ODE solver.
 */
export function plan(solver: Solver, model: Path, options: ScheduleOptions): readonly PlannedStep[] {
  const { grid = uniformGrid, guidance, strength = 1 } = options;
  if (guidance !== undefined && !Array.isArray(guidance.interval))
    throw new GMemError("CONFIG", `sampler: guidance must be made by cfg({ scale }), got ${JSON.stringify(guidance)}`);
  if (!Number.isInteger(options.steps) || options.steps < 1)
    throw new GMemError("CONFIG", `sampler: steps must be a positive integer, got ${options.steps}`);
  if (!(strength >= 0 && strength <= 1))
    throw new GMemError("CONFIG", `sampler: strength must be in 0…1, got ${strength}; 1 starts from noise`);
  if (strength === 0) return [];
  const last = finalStep(solver, options.steps, options);
  const steps = Math.max(last?.extra ? 2 : 1, Math.round(strength * options.steps));
  const range = options.range ?? timeRange({ ...model, ...(isStochastic(solver) ? sdeRange(solver, last?.size) : {}) });
  const start = strength * (solver.memory ? Math.min(range[0], 1 - 1e-3) : range[0]); // of a multistep solver, where log α/σ is finite
  if (strength < 1 && start <= range[1])
    throw new GMemError(
      "CONFIG",
      `sampler: strength must start before the last time, ${range[1]} for "${solver.name}", got ${strength}; take more, or 0`,
    );
  const times = grid([start, range[1]], last?.extra ? steps - 1 : steps);
  const end = times.at(-1) as number;
  const all = last?.extra ? [...times, Math.max(0, end - last.size)] : times;
  return all.slice(1).map((tNext, i) => {
    const step = { solver: last && i === steps - 1 ? last.solver : solver, t: all[i] as number, tNext };
    return { ...step, guided: evaluationTimes(step.solver, step).map((t) => isGuided(guidance, t)) };
  });
}

interface FinalStep {
  readonly solver: Solver;
  /** True if it comes after the grid instead of being its last interval. */
  readonly extra: boolean;
  readonly size: number;
}

function finalStep(solver: Solver, steps: number, options: ScheduleOptions): FinalStep | undefined {
  const { lastStep: kind = "mean" } = options;
  if (!isStochastic(solver)) {
    if (options.lastStep !== undefined || options.lastStepSize !== undefined)
      throw new GMemError(
        "CONFIG",
        `sampler: only stochastic solvers have a last step, got "${solver.name}"; leave it out`,
      );
    return "last" in solver ? { solver: (solver as FinishedSolver).last, extra: false, size: 0 } : undefined;
  }
  if (kind === "none") return undefined;
  const size = options.lastStepSize ?? solver.lastStepSize;
  if (!(size > 0 && size < 1)) throw new GMemError("CONFIG", `sampler: lastStepSize must be in (0, 1), got ${size}`);
  if (steps < 2)
    throw new GMemError("CONFIG", `sampler: an SDE needs at least 2 steps, the last included, got ${steps}`);
  return { solver: lastStep(kind, solver.diffusion), extra: true, size };
}

const sdeRange = (
  solver: { readonly diffusion: { readonly form?: Parameters<typeof timeRange>[0]["form"] } },
  size = 0,
) => ({
  form: solver.diffusion.form ?? ("sigma" as const),
  lastStepSize: size,
});

/**
 * Evaluations of v a sample costs (the NFE of the paper's tables) and network calls, two where guided
 * (docs/formulas.md, "Evaluations").
 */
export function cost(steps: readonly Pick<PlannedStep, "guided">[]): {
  readonly nfe: number;
  readonly forwards: number;
} {
  const evaluations = steps.flatMap((step) => step.guided);
  return { nfe: evaluations.length, forwards: evaluations.length + evaluations.filter(Boolean).length };
}
