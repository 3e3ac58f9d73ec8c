import { type DiffusionForm, plan, sampler, timeRange } from "@gmem/samplers";
import type { Prediction } from "@gmem/spec";
import { array, type NDArray, referenceEngine, stack } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { measured } from "./measured.ts";
import { metadataNumber, type Results, segments, unstack } from "./network.ts";
import { labelled, states } from "./sampler-model.ts";
import { lastStepOf, stochasticSolver } from "./solvers.ts";

/** One run: four of its states and the ends of its interval. */
async function trajectory(file: ParityFile, key: string): Promise<Results> {
  const [path, prediction, method, form, last] = segments(key) as [string, Prediction, string, DiffusionForm, string];
  const [, scheme, count] = /^(\w+)_n(\d+)$/.exec(method) as unknown as [string, string, string];
  const known = labelled(file, path, prediction);
  const { model, parameters, noise, feeds } = known;
  const { interpolant } = model;
  const lastStep = lastStepOf(last);
  const size = file.number("last_step_size", 0.04);
  const solver = stochasticSolver(scheme, { interpolant, form, norm: file.number("diffusion_norm", 1) });
  const wide = metadataNumber(file.metadata.eps, /sample_eps[^\d]*/) ?? 1e-3;
  const singular = prediction !== "velocity" || (form === "SBDM" && path !== "VP");
  const epsilon = singular ? wide : path === "VP" ? 1e-3 : 0;
  const range = timeRange({ interpolant, prediction, form, epsilon, lastStepSize: lastStep === "none" ? 0 : size });
  const points = Number(count);
  const schedule = {
    steps: lastStep === "none" ? points - 1 : points,
    range,
    lastStep,
    ...(lastStep === "none" ? {} : { lastStepSize: size }),
  };
  const draws = file.get(`noise/${count}`);
  const [batchSize = 1] = noise.shape;
  const ready = await sampler({ engine: referenceEngine(), model, parameters, batchSize, solver, ...schedule });
  const found = await states(ready, { noise, feeds, stepNoise: (step) => unstack(draws, step) });
  const picked = [0, Math.floor(points / 2), points - 2, found.length - 1].map((step) => found[step] as NDArray);
  const steps = plan(solver, model, schedule).slice(0, points - 1);
  const ends = [steps[0]?.t, steps.at(-1)?.tNext].map((t) => 1 - (t as number));
  return { [key]: stack(picked), [`${key}/t0t1`]: array(ends) };
}

/** Trajectories of SiT's SDE sampler, with the noise that the file carries. */
export const sitSde: ParityCase = {
  component: "sit_sde",
  async run(file) {
    const results: Results = {};
    for (const key of file.names.filter((name) => /^out\/\w+\/\w+\/\w+_n\d+\/[\w-]+\/\w+$/.test(name)))
      Object.assign(results, await trajectory(file, key));
    return results;
  },
  tolerance: (file, tensor) =>
    tensor.split("/")[2] === "velocity" ? { atol: Math.max(2e-5, measured(file, tensor)) } : { ofMax: 1e-5 },
};
