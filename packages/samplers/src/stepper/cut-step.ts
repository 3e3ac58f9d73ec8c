import type { Solver, Velocity } from "@gmem/spec";
import { type Aval, f32, simplify, type Tensor, trace } from "@gmem/tensor";
import { type RowProgram, rowProgram } from "./row-program.ts";

/**
 * A step cut where it asks for v. Part k takes x, t, tNext, eps and the slopes v0 … v(k−1) and gives where evaluation k asks,
 * x and t; the last part gives x at tNext. A part is undefined where it asks at x and t themselves.
 */
export type CutStep = readonly (RowProgram | undefined)[];

/** Cuts a solver's step into what lies before, between and after its evaluations of v, for x [N,C,H,W]. */
export function cutStep(solver: Solver, latent: Aval): CutStep {
  return Array.from({ length: solver.evaluations + 1 }, (_, k) => part(solver, latent, k));
}

function part(solver: Solver, latent: Aval, asked: number): RowProgram | undefined {
  const [n = 1] = latent.shape;
  const slopes = Object.fromEntries(Array.from({ length: asked }, (_, i) => [slopeName(i), latent]));
  const feeds = { x: latent, t: f32(n), tNext: f32(n), ...(solver.stochastic ? { eps: latent } : {}), ...slopes };
  let isStart = false;
  const graph = trace<Record<string, Aval>, Record<string, Aval>>({ feeds }, ({ feeds: given }) => {
    const { x, t, tNext, eps = x } = given as Record<"x" | "t" | "tNext" | "eps", Tensor>;
    let asks: Record<string, Tensor> | undefined;
    let call = 0;
    const v: Velocity = (at, time) => {
      if (call === asked) asks = { x: at, t: time };
      return given[slopeName(call++)] ?? at; // after the cut, any value: nothing of it is kept
    };
    const arrived = { x: solver.step(v, { x, t, tNext, eps }) };
    isStart = asks?.x === x && asks.t === t;
    return { fetches: asks ?? arrived };
  });
  return isStart ? undefined : rowProgram(simplify(graph));
}

/** The feed of a slope. */
export const slopeName = (i: number): string => `v${i}`;
