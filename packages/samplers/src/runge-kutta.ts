import type { Solver } from "@gmem/spec";
import { perSample, type Tensor } from "@gmem/tensor";

/** A Butcher tableau without the first, empty row: nodes c, matrix a, weights b. */
export interface Tableau {
  readonly c: readonly number[];
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
}

/**
 * The explicit Runge–Kutta method of a tableau: kᵢ = v(x + hΣⱼaᵢⱼkⱼ, t + cᵢh), x' = x + hΣbᵢkᵢ.
 * @example
 * const ralston = rungeKutta("ralston", { c: [2 / 3], a: [[2 / 3]], b: [1 / 4, 3 / 4] });
 */
export function rungeKutta(name: string, { c, a, b }: Tableau): Solver {
  return {
    name,
    evaluations: b.length,
    stochastic: false,
    step(v, { x, t, tNext }) {
      const h = tNext.sub(t); // [N]
      const wide = perSample(h, x.rank); // [N,1,1,1]
      const moved = (k: readonly Tensor[], weights: readonly number[]): Tensor => {
        const used = k.flatMap((ki, i) => (weights[i] ? [ki.mul(weights[i])] : []));
        return x.add(used.reduce((sum, term) => sum.add(term)).mul(wide));
      };
      const k = [v(x, t)]; // each [N,C,H,W]
      c.forEach((node, i) => {
        k.push(v(moved(k, a[i] as readonly number[]), node === 1 ? tNext : t.add(h.mul(node))));
      });
      return moved(k, b);
    },
  };
}

/** The explicit midpoint rule, second order. */
export const midpoint: Solver = rungeKutta("midpoint", { c: [1 / 2], a: [[1 / 2]], b: [0, 1] });

/** Heun's third-order method. */
export const heun3: Solver = rungeKutta("heun3", {
  c: [1 / 3, 2 / 3],
  a: [[1 / 3], [0, 2 / 3]],
  b: [1 / 4, 0, 3 / 4],
});

/** Kutta's 3/8 rule, fourth order: what torchdiffeq, and so SiT, calls rk4. */
export const rk4: Solver = rungeKutta("rk4", {
  c: [1 / 3, 2 / 3, 1],
  a: [[1 / 3], [-1 / 3, 1], [1, -1, 1]],
  b: [1 / 8, 3 / 8, 3 / 8, 1 / 8],
});
