import {
  type DiffusionOptions,
  euler,
  eulerMaruyama,
  heun2,
  heun3,
  heunSde,
  type LastStepKind,
  midpoint,
  rk4,
  type StochasticSolver,
} from "@gmem/samplers";
import type { Solver } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";

const fixed: Readonly<Record<string, Solver>> = { euler, heun2, heun3, midpoint, rk4 };
const stochastic: Readonly<Record<string, (options: DiffusionOptions) => StochasticSolver>> = {
  euler: eulerMaruyama,
  heun: heunSde,
};
const lastSteps: Readonly<Record<string, LastStepKind>> = {
  Mean: "mean",
  Tweedie: "tweedie",
  Euler: "euler",
  None: "none",
};

function known<T>(what: string, table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found !== undefined) return found;
  throw new GMemError("DATA", `${what} are ${Object.keys(table).join(", ")}, got "${name}"`);
}

/** A fixed-step solver by torchdiffeq's name. @throws {GMemError} `DATA` for another one. */
export const solverOf = (name: string): Solver => known("ODE methods", fixed, name);

/** A stochastic solver by SiT's name, in any case of letters. @throws {GMemError} `DATA` for another one. */
export const stochasticSolver = (name: string, options: DiffusionOptions): StochasticSolver =>
  known("SDE methods", stochastic, name.toLowerCase())(options);

/** What SiT calls the last step. @throws {GMemError} `DATA` for another name. */
export const lastStepOf = (name: string): LastStepKind => known("last steps", lastSteps, name);
