import type { Solver, Velocity } from "@gmem/spec";
import { type Aval, f32, simplify, type Tensor, trace } from "@gmem/tensor";
import { memoryShape, stepped } from "../memory.ts";
import { type RowProgram, rowProgram } from "./row-program.ts";

/**
 * A step cut where it asks for v. Part k takes x, t, tNext, eps, the memory of a multistep solver and the slopes v0 … v(k−1) and
 * gives where evaluation k asks, x and t; the last part gives x at tNext, and memory. A part is undefined where it asks at x and t
 * themselves.
 */
export type CutStep = readonly (RowProgram | undefined)[];

/** Cuts a solver's step into what lies before, between and after its evaluations of v, for x [N,C,H,W]. */
export function cutStep(solver: Solver, latent: Aval): CutStep {
  return Array.from({ length: solver.evaluations + 1 }, (_, k) => part(solver, latent, k));
}

function part(solver: Solver, latent: Aval, asked: number): RowProgram | undefined {
  const [n = 1] = latent.shape;
  const slopes = Object.fromEntries(Array.from({ length: asked }, (_, i) => [slopeName(i), latent]));
  const kept = memoryShape(solver, latent.shape);
  const own = { ...(solver.stochastic && { eps: latent }), ...(kept && { memory: f32(...kept) }) };
  const feeds = { x: latent, t: f32(n), tNext: f32(n), ...own, ...slopes };
  let isStart = false;
  const graph = trace<Record<string, Aval>, Record<string, Aval>>({ feeds }, ({ feeds: given }) => {
    const { x, t, tNext, eps = x, memory } = given as Record<"x" | "t" | "tNext" | "eps", Tensor> & { memory?: Tensor };
    let asks: Record<string, Tensor> | undefined;
    let call = 0;
    const v: Velocity = (at, time) => {
      if (call === asked) asks = { x: at, t: time };
      return given[slopeName(call++)] ?? at; // after the cut, any value: nothing of it is kept
    };
    const arrived = stepped(solver, v, { x, t, tNext, eps, memory });
    isStart = asks?.x === x && asks.t === t;
    return { fetches: { ...(asks ?? arrived) } };
  });
  return isStart ? undefined : rowProgram(simplify(graph));
}

/** The feed of a slope. */
export const slopeName = (i: number): string => `v${i}`;
