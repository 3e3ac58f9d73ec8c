import { type AdaptiveSolver, dopri5, dpmSolver, euler, eulerMaruyama, heun, heunSde } from "@gmem/samplers";
import type { Interpolant, Solver } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { moduleName, openModule } from "./module.ts";

type Settings = Pick<RunConfig["sampler"], "solver" | "diffusion">;

/** A solver of continuous time. @throws {GMemError} code `CONFIG` for one of a discrete process. */
export async function openSolver(
  { solver, diffusion: form }: Settings,
  { interpolant }: { readonly interpolant: Interpolant },
): Promise<Solver | AdaptiveSolver> {
  if (typeof solver === "object") return openModule("solver", solver, { interpolant });
  switch (solver) {
    case "euler":
      return euler;
    case "heun":
      return heun;
    case "dopri5":
      return dopri5();
    case "dpm-solver++":
      return dpmSolver({ interpolant });
    case "euler-maruyama":
      return eulerMaruyama({ interpolant, form });
    case "heun-sde":
      return heunSde({ interpolant, form });
    default:
      throw new GMemError("CONFIG", `sampler.solver: needs a solver of continuous time, got ${solver}`);
  }
}

/** The solver's name for people. */
export const solverName = ({ solver }: Pick<Settings, "solver">): string =>
  typeof solver === "object" ? moduleName(solver) : solver;
