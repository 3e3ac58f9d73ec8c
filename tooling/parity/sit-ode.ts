import { dopri5, evaluationTimes, integrate, plan, sampler, timeRange } from "@gmem/samplers";
import type { Prediction } from "@gmem/spec";
import { array, evaluate, f32, GMemError, type NDArray, referenceEngine, stack, trace } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { dopri5Times } from "./dopri5-times.ts";
import { measured } from "./measured.ts";
import { metadataNumber, type Results, segments } from "./network.ts";
import { type FileModel, labelled, states } from "./sampler-model.ts";
import { solverOf } from "./solvers.ts";

interface Run extends FileModel {
  readonly solver: string;
  /** Grid points. */
  readonly points: number;
  /** Canonical. */
  readonly range: readonly [number, number];
}

async function fixedSteps(
  run: Run,
): Promise<{ readonly x: NDArray; readonly asked: readonly number[]; readonly grid: readonly number[] }> {
  const { model, parameters, noise, feeds, range } = run;
  const solver = solverOf(run.solver);
  const schedule = { steps: run.points - 1, range };
  const [batchSize = 1] = noise.shape;
  const ready = await sampler({ engine: referenceEngine(), model, parameters, batchSize, solver, ...schedule });
  const steps = plan(solver, model, schedule);
  return {
    x: stack([noise, ...(await states(ready, { noise, feeds }))]),
    asked: steps.flatMap((step) => evaluationTimes(solver, step)),
    grid: [range[0], ...steps.map((step) => step.tNext)],
  };
}

/** Dormand–Prince in float64, as far as the graph goes too. */
async function adaptive(run: Run, rtol: number, atol: number): ReturnType<typeof fixedSteps> {
  const { model, parameters, noise, feeds, range, points } = run;
  const [n = 1] = noise.shape;
  const inputs = { x: f32(...noise.shape), t: f32(n), condition: f32(...feeds.condition.shape) };
  const graph = trace({ feeds: inputs, state: model.avals() }, ({ feeds, state }) => ({
    fetches: { v: model.velocity(state, feeds.x, feeds.t, model.condition(state, feeds)).velocity },
  }));
  const asked: number[] = [];
  const drift = async (x: Float64Array, t: Float64Array): Promise<ArrayLike<number>> => {
    asked.push(t[0] as number);
    const given = { x: array(x, noise.shape, "f64"), t: array(t, [n], "f64"), ...feeds };
    return evaluate(graph, given, parameters, { precision: "f64" }).fetches.v?.data ?? [];
  };
  const grid = Array.from({ length: points }, (_, i) => range[0] + ((range[1] - range[0]) * i) / (points - 1));
  const found: NDArray[] = [noise];
  const solver = dopri5({ rtol, atol, overshoot: true });
  for await (const { x } of integrate(drift, { solver, x: Float64Array.from(noise.data), samples: n, times: grid }))
    found.push(array(Float32Array.from(x), noise.shape));
  return { x: stack(found), asked, grid };
}

/** Relative tolerance of one run: the number that the metadata starts with, or what it says in brackets for this tensor. */
function relativeTolerance(file: ParityFile, key: string): number {
  const text = file.metadata.dopri5_rtol ?? "1e-3";
  const own = [...text.matchAll(/(out\/[\w/]+):\s*([\d.]+(?:e-?\d+)?)/g)].find((match) => match[1] === key);
  const value = Number(own?.[2] ?? Number.parseFloat(text));
  if (value > 0) return value;
  throw new GMemError(
    "DATA",
    `${file.name}: dopri5_rtol must start with a positive number, got "${text.slice(0, 60)}"`,
  );
}

/** Trajectories of SiT's ODE sampler. */
export const sitOde: ParityCase = {
  component: "sit_ode",
  async run(file) {
    const results: Results = {};
    for (const key of file.names.filter((name) => /^out\/\w+\/\w+\/\w+_n\d+(\/reverse)?$/.test(name))) {
      const [path, prediction, method, reverse] = segments(key) as [string, Prediction, string, string?];
      const [, solver, points] = /^(\w+)_n(\d+)$/.exec(method) as unknown as [string, string, string];
      const known = labelled(file, path, prediction);
      const wide = metadataNumber(file.metadata.eps, /sample_eps[^\d]*/);
      const epsilon = prediction === "velocity" || wide === undefined ? {} : { epsilon: wide };
      const forward = timeRange({ interpolant: known.model.interpolant, prediction, ...epsilon });
      const range = reverse ? ([1 - forward[0], 1 - forward[1]] as const) : forward;
      const run = { ...known, solver, points: Number(points), range };
      const exact = solver === "dopri5";
      const { x, asked, grid } = exact
        ? await adaptive(run, relativeTolerance(file, key), file.number("dopri5_atol", 1e-6))
        : await fixedSteps(run);
      const [calls, ends] = [asked.map((t) => 1 - t), [1 - range[0], 1 - range[1]] as const];
      const found = exact ? file.find(`${key}/t_evals`) : undefined;
      const own = found ? dopri5Times([...found.data], calls, ends) : calls;
      for (const suffix of ["", "/f64run"]) {
        results[`${key}${suffix}`] = x;
        results[`${key}/t_evals${suffix}`] = array(suffix === "" ? own : calls);
        results[`${key}/t_grid${suffix}`] = array(grid.map((t) => 1 - t));
      }
    }
    return results;
  },
  tolerance(file, tensor) {
    if (tensor.includes("/dopri5_")) {
      if (tensor.includes("/t_grid")) return { atol: 1e-5 };
      if (tensor.includes("/t_evals")) return { atol: 1e-3 };
      const rtol = relativeTolerance(file, tensor.replace(/\/f64run$/, ""));
      if (tensor.endsWith("/f64run") && rtol <= 1e-4) return { atol: 5e-4 };
      // runs in float32 choose other steps, so they differ by what the steps may be wrong
      return { atol: Math.max(2e-3, 2 * rtol, measured(file, tensor)) };
    }
    const stiff = /^out\/\w+\/(score|noise)\//.test(tensor) && !/\/t_(grid|evals)/.test(tensor);
    return stiff ? { ofMax: 1e-5 } : { atol: Math.max(1e-5, measured(file, tensor)) };
  },
};
