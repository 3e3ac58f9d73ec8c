import type { Solver, Velocity } from "@gmem/spec";
import { array, evaluate, f32, key, type NDArray, square, trace, zeros } from "@gmem/tensor";
import { expect } from "vitest";
import "./allclose.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface SolverOptions extends SuiteOptions {
  /** Order of the error in the step size. Default: `evaluations` for deterministic solvers, 1 for stochastic ones. */
  readonly order?: number;
}

/** Variance of the data in the test problem; x_t = (1 − t)x₀ + tε then has variance (1 − t)²s² + t². */
const s2 = 0.25;
const variance = (t: number): number => (1 - t) ** 2 * s2 + t ** 2;

/** v = E[ε − x₀ | x_t = x] = (t − (1 − t)s²) / ((1 − t)²s² + t²) · x: linear in x, its flow is known. */
const velocity: Velocity = (x, t) => {
  const rest = t.mul(-1).add(1); // [N]
  const slope = t.sub(rest.mul(s2)).div(square(rest).mul(s2).add(square(t)));
  return x.mul(slope.reshape([-1, 1, 1, 1]));
};

interface Step {
  readonly x: NDArray;
  readonly t: readonly number[];
  readonly tNext: readonly number[];
  readonly eps: NDArray;
}

function step(solver: Solver, at: Step): NDArray {
  const channels = at.x.shape[1] as number;
  return takeChannels(wideStep(solver, { ...at, x: withMemory(solver, at.x) }), channels);
}

/** Zeros behind the channels, which a multistep solver begins with. */
function withMemory(solver: Solver, x: NDArray): NDArray {
  const [n = 1, channels = 1, ...space] = x.shape;
  const [size, all] = [x.data.length / n, channels + (solver.memory?.(channels) ?? 0)];
  const wide = zeros([n, all, ...space], x.dtype);
  for (let i = 0; i < n; i++)
    wide.data.set(x.data.subarray(i * size, (i + 1) * size) as never, (i * size * all) / channels);
  return wide;
}

/** The first channels. */
function takeChannels(x: NDArray, channels: number): NDArray {
  const [n = 1, all = 1, ...space] = x.shape;
  const size = x.data.length / n;
  const values = Array.from({ length: n }, (_, i) => [
    ...x.data.subarray(i * size, i * size + (size * channels) / all),
  ]);
  return array(values.flat(), [n, channels, ...space], x.dtype);
}

/** The same with memory in x and in what is given back. */
function wideStep(solver: Solver, at: Step): NDArray {
  const n = at.t.length;
  const feeds = { x: f32(...at.x.shape), t: f32(n), tNext: f32(n), eps: f32(...at.eps.shape) };
  const graph = trace({ feeds }, (given) => ({ fetches: { x: solver.step(velocity, given.feeds) } }));
  const times = {
    t: array(Float64Array.from(at.t), [n], "f64"),
    tNext: array(Float64Array.from(at.tNext), [n], "f64"),
  };
  return evaluate(graph, { x: at.x, eps: at.eps, ...times }, {}, { precision: "f64" }).fetches.x as NDArray;
}

/** A step is linear here, x′ = A·x + B·ε: [A, B]. */
function coefficients(solver: Solver, t: number, tNext: number): readonly [number, number] {
  const unit = (x: number, eps: number): number => {
    const [a, b] = [array([x], [1, 1, 1, 1]), array([eps], [1, 1, 1, 1])];
    return step(solver, { x: a, t: [t], tNext: [tNext], eps: b }).data[0] as number;
  };
  return [unit(1, 0), unit(0, 1)];
}

const [from, to] = [0.9, 0.2] as const;

/** The same of a multistep solver: x = 1 all the way with what it remembers. */
function multistepError(solver: Solver, count: number): number {
  const eps = array([0], [1, 1, 1, 1]);
  let x = withMemory(solver, array(Float64Array.of(1), [1, 1, 1, 1], "f64"));
  for (let i = 0; i < count; i++) {
    const time = (k: number): number => from + ((to - from) * k) / count;
    x = wideStep(solver, { x, t: [time(i)], tNext: [time(i + 1)], eps });
  }
  return Math.abs(Math.abs(x.data[0] as number) / Math.sqrt(variance(to) / variance(from)) - 1);
}

/** Relative error of the standard deviation after `count` steps from `from` to `to`. */
function error(solver: Solver, count: number): number {
  if (solver.memory) return multistepError(solver, count);
  let v = variance(from);
  for (let i = 0; i < count; i++) {
    const time = (k: number): number => from + ((to - from) * k) / count;
    const [a, b] = coefficients(solver, time(i), time(i + 1));
    v = a * a * v + b * b;
  }
  return Math.abs(Math.sqrt(v / variance(to)) - 1);
}

/**
 * What every fixed-step solver does: it carries a Gaussian along x_t = (1 − t)x₀ + tε, without sampling, since each step is
 * linear. Build stochastic solvers for the linear interpolant.
 * @example
 * // no-run
 * import type { Solver } from "@gmem/spec";
 * declare const mySolver: () => Solver;
 * testSolver("mine", mySolver, { order: 2 });
 */
export function testSolver(name: string, factory: () => Solver, options: SolverOptions = {}): void {
  suite(`solver ${name}`, options, (claim) => {
    const x = key(1).normal([2, 1, 2, 2]);
    const eps = key(2).normal([2, 1, 2, 2]);

    claim("converges to the exact marginals at its order", () => {
      const solver = factory();
      const order = options.order ?? (solver.stochastic ? 1 : solver.evaluations);
      const count = solver.memory ? 256 : 32; // errors of a multistep solver change their sign with few steps
      const [coarse, fine] = [error(solver, count), error(solver, 2 * count)];
      expect(fine).toBeLessThan(0.05);
      if (fine > 1e-12) expect(Math.log2(coarse / fine)).toBeGreaterThan(order - 0.25);
    });

    claim("calls the velocity as often as it says", () => {
      const solver = factory();
      let calls = 0;
      const counted: Velocity = (at, t) => {
        calls++;
        expect([at.shape[1], t.rank]).toEqual([1, 1]);
        return velocity(at, t);
      };
      const wide = [2, 1 + (solver.memory?.(1) ?? 0), 2, 2];
      const feeds = { x: f32(...wide), t: f32(2), tNext: f32(2), eps: f32(2, 1, 2, 2) };
      trace({ feeds }, ({ feeds: at }) => {
        const next = solver.step(counted, at);
        expect(next.shape).toEqual(wide);
        return { fetches: { next } };
      });
      expect(calls).toBe(solver.evaluations);
    });

    claim("uses its noise if, and only if, it is stochastic", () => {
      const solver = factory();
      const at = { x, t: [0.7, 0.7], tNext: [0.6, 0.6] };
      const one = step(solver, { ...at, eps });
      const other = step(solver, { ...at, eps: key(3).normal([2, 1, 2, 2]) });
      if (solver.stochastic) expect(other).not.toBeAllclose(one);
      else expect(other).toBeAllclose(one, { atol: 0, rtol: 0 });
      expect(step(solver, { ...at, eps })).toEqual(one);
    });

    claim("steps each sample at its own time", () => {
      const solver = factory();
      const [t, tNext] = [
        [0.8, 0.5],
        [0.7, 0.3],
      ] as const;
      const both = step(solver, { x, t, tNext, eps });
      for (const i of [0, 1] as const) {
        const part = (whole: NDArray): NDArray =>
          array(whole.data.subarray(4 * i, 4 * i + 4), [1, 1, 2, 2], whole.dtype);
        const alone = step(solver, { x: part(x), t: [t[i]], tNext: [tNext[i]], eps: part(eps) });
        expect(part(both)).toBeAllclose(alone, { atol: 1e-12, rtol: 1e-12 });
      }
    });

    claim("a step of no length changes nothing", () => {
      expect(step(factory(), { x, t: [0.5, 0.4], tNext: [0.5, 0.4], eps })).toBeAllclose(x, { atol: 1e-6 });
    });
  });
}
