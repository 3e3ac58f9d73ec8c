import { GMemError } from "@gmem/tensor";
import type { AdaptiveSolver } from "./dopri5.ts";
import { errorWeights, middleWeights, nodes, stages } from "./dormand-prince.ts";

/** dx/dt for all samples: x [N·E] at t [N]. */
export type Drift = (x: Float64Array, t: Float64Array) => Promise<ArrayLike<number>>;

export interface IntegrateOptions {
  readonly solver: AdaptiveSolver;
  /** [N·E], sample after sample. */
  readonly x: Float64Array;
  /** N. */
  readonly samples: number;
  /** Where to start and at which times to give x; increasing or decreasing. */
  readonly times: readonly number[];
}

/** The samples that share one step size, and how far they have come. */
interface Group {
  readonly from: number;
  readonly to: number;
  t: number;
  h: number;
  last?: { readonly t: number; readonly h: number; readonly fit: readonly Float64Array[] };
}

/**
 * Integrates dx/dt = drift(x, t) and gives x at each of `times` but the first, by dense output of fourth order. The state
 * is float64 on the host; with solver norm "sample" every sample has its own time and step.
 * @throws {GMemError} code `NON_FINITE` if the drift is not finite, or so stiff that steps vanish.
 * @example
 * const solver = dopri5({ rtol: 1e-8, atol: 1e-10 });
 * const decay = async (x: Float64Array) => x.map((value) => -value);
 * for await (const { t, x } of integrate(decay, { solver, x: new Float64Array([1]), samples: 1, times: [0, 1] })) {
 *   const e = x[0]; // exp(−1) at t = 1
 * }
 */
export async function* integrate(
  drift: Drift,
  options: IntegrateOptions,
): AsyncGenerator<{ readonly index: number; readonly t: number; readonly x: Float64Array; readonly nfe: number }> {
  const { solver, samples, times } = options;
  const [start = 0] = times;
  const end = times.at(-1) ?? start;
  const direction = end < start ? -1 : 1;
  const size = options.x.length / samples;
  const count = solver.norm === "batch" ? 1 : samples;
  const width = options.x.length / count;
  const groups = Array.from({ length: count }, (_, g): Group => ({ from: g * width, to: (g + 1) * width, t: 0, h: 0 }));
  const span = Math.abs(end - start);
  let x = options.x.slice();
  let nfe = 0;

  /** Time runs from 0 to `span` inside; the slope points the same way. */
  const slope = async (at: Float64Array, s: (group: Group) => number): Promise<Float64Array> => {
    const t = new Float64Array(samples);
    for (const group of groups) t.fill(start + direction * s(group), group.from / size, group.to / size);
    nfe++;
    return Float64Array.from(await drift(at, t), (value) => direction * value);
  };
  const rms = (group: Group, value: (i: number) => number): number => {
    let sum = 0;
    for (let i = group.from; i < group.to; i++) sum += value(i) ** 2;
    return Math.sqrt(sum / width);
  };

  let f = await slope(x, () => 0);
  await firstSteps();
  for (let index = 1; index < times.length; index++) {
    const target = Math.abs((times[index] as number) - start);
    for (let active = before(target); active.length > 0; active = before(target)) await advance(active);
    yield { index, t: times[index] as number, x: output(target), nfe };
  }

  function before(target: number): Group[] {
    return groups.filter((group) => group.t < target);
  }

  /** Hairer, Nørsett and Wanner's starting step, one more evaluation. */
  async function firstSteps(): Promise<void> {
    const scale = (i: number): number => solver.atol + Math.abs(x[i] as number) * solver.rtol;
    const d0 = groups.map((group) => rms(group, (i) => (x[i] as number) / scale(i)));
    const d1 = groups.map((group) => rms(group, (i) => (f[i] as number) / scale(i)));
    const trial = groups.map((_, g) => {
      const [a, b] = [d0[g] as number, d1[g] as number];
      return a < 1e-5 || b < 1e-5 ? 1e-6 : (0.01 * a) / b;
    });
    const moved = x.slice();
    groups.forEach((group, g) => {
      for (let i = group.from; i < group.to; i++) moved[i] = (x[i] as number) + (trial[g] as number) * (f[i] as number);
    });
    const ahead = await slope(moved, (group) => trial[groups.indexOf(group)] as number);
    groups.forEach((group, g) => {
      const h0 = trial[g] as number;
      const d2 = rms(group, (i) => ((ahead[i] as number) - (f[i] as number)) / scale(i)) / h0;
      const steepest = Math.max(d1[g] as number, d2);
      const h1 = steepest <= 1e-15 ? Math.max(1e-6, h0 * 1e-3) : (0.01 / steepest) ** (1 / 5);
      group.h = Math.min(100 * h0, h1);
    });
  }

  /** One trial step of the active groups; the others stand still. */
  async function advance(active: readonly Group[]): Promise<void> {
    if (!solver.overshoot) for (const group of active) group.h = Math.min(group.h, span - group.t);
    const k = [f];
    let y = x;
    for (const [s, row] of stages.entries()) {
      y = x.slice();
      for (const group of active) combine(y, group, row, k);
      const node = nodes[s] as number;
      k.push(await slope(y, (group) => (active.includes(group) ? group.t + node * group.h : group.t)));
    }
    const error = new Float64Array(x.length);
    const middle = x.slice();
    for (const group of active) {
      combine(error, group, errorWeights, k);
      const ratio = rms(group, (i) => (error[i] as number) / tolerance(i, y));
      if (!Number.isFinite(ratio) || group.h < 1e-12)
        throw new GMemError(
          "NON_FINITE",
          `dopri5: the velocity must be finite and its changes followable, got error ratio ${ratio} at step ${group.h}, t = ${start + direction * group.t}; start or end further from the singular end, or loosen rtol`,
        );
      if (ratio <= 1) {
        combine(middle, group, middleWeights, k);
        accept(group, y, { k, middle });
      }
      const shrink = ratio < 1 ? 1 : 0.2;
      group.h *= ratio === 0 ? 10 : Math.min(10, Math.max(0.9 / ratio ** (1 / 5), shrink));
    }
  }

  /** target += h · Σ weights · k over a group. */
  function combine(target: Float64Array, group: Group, weights: readonly number[], k: readonly Float64Array[]): void {
    weights.forEach((weight, s) => {
      const slopes = k[s] as Float64Array;
      if (weight !== 0)
        for (let i = group.from; i < group.to; i++)
          target[i] = (target[i] as number) + group.h * weight * (slopes[i] as number);
    });
  }

  function tolerance(i: number, y: Float64Array): number {
    return solver.atol + solver.rtol * Math.max(Math.abs(x[i] as number), Math.abs(y[i] as number));
  }

  /** Moves a group to the end of its step and keeps the polynomial through it. */
  function accept(
    group: Group,
    y: Float64Array,
    { k, middle }: { readonly k: readonly Float64Array[]; readonly middle: Float64Array },
  ): void {
    const { from, to, h, t } = group;
    const [f0, f1] = [k[0] as Float64Array, k[6] as Float64Array];
    const fit = Array.from({ length: 5 }, () => new Float64Array(to - from));
    const [x1, f1Kept] = [x.slice(), f.slice()];
    for (let i = from; i < to; i++) {
      const [y0, y1, m] = [x[i] as number, y[i] as number, middle[i] as number];
      const [d0, d1] = [h * (f0[i] as number), h * (f1[i] as number)];
      const row = [y0, d0, d1 - 4 * d0 - 11 * y0 - 5 * y1 + 16 * m, 5 * d0 - 3 * d1 + 18 * y0 + 14 * y1 - 32 * m];
      [...row, 2 * (d1 - d0) - 8 * (y1 + y0) + 16 * m].forEach((coefficient, power) => {
        (fit[power] as Float64Array)[i - from] = coefficient;
      });
      x1[i] = y1;
      f1Kept[i] = f1[i] as number;
    }
    group.last = { t, h, fit };
    group.t = !solver.overshoot && span - t <= h ? span : t + h;
    x = x1;
    f = f1Kept;
  }

  /** x of every group at one time inside its last step. */
  function output(target: number): Float64Array {
    const out = x.slice();
    for (const { from, to, t, last } of groups) {
      if (!last || t === target) continue;
      const s = (target - last.t) / last.h;
      for (let i = from; i < to; i++)
        out[i] = last.fit.reduceRight((sum, coefficients) => sum * s + (coefficients[i - from] as number), 0);
    }
    return out;
  }
}
