import type { Interpolant } from "@gmem/spec";
import { array, f32, type NDArray, type Shape, simplify, trace } from "@gmem/tensor";
import { rowProgram } from "./row-program.ts";

/** Where v was asked for, and what it was. */
export interface Evaluated {
  readonly x: Float32Array;
  readonly t: number;
  readonly v: Float32Array;
}

/** E[x₀|x] [1,C,H,W] by v at x and t, on the host: for pictures on the way. */
export function dataEstimate(interpolant: Interpolant, shape: Shape): (at: Evaluated) => NDArray<"f32"> {
  const latent = f32(...shape);
  const graph = trace({ feeds: { x: latent, t: f32(1), v: latent } }, ({ feeds }) => ({
    fetches: { x0: interpolant.convert(feeds.v, { from: "velocity", to: "x0", x: feeds.x, t: feeds.t }) },
  }));
  const program = rowProgram(simplify(graph));
  return ({ x, t, v }) => array(program({ x, t: Float32Array.of(t), v }).x0 as Float32Array, shape);
}
