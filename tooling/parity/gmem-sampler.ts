import {
  cfg,
  type DiffusionForm,
  type Guidance,
  guidedVelocity,
  plan,
  sampler,
  shiftedGrid,
  uniformGrid,
} from "@gmem/samplers";
import {
  array,
  concat,
  concatRows,
  full,
  type NDArray,
  referenceEngine,
  slice,
  stack,
  type Tensor,
} from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { measured } from "./measured.ts";
import { type Results, segments, unstack } from "./network.ts";
import { snippets, states } from "./sampler-model.ts";
import { lastStepOf, solverOf, stochasticSolver } from "./solvers.ts";

const twice = (x: NDArray<"f32">): NDArray<"f32"> => concatRows([x, x]);

/** The file's interval starts at a u and lasts to data. */
const guidanceOf = (file: ParityFile): Guidance =>
  cfg({
    scale: file.number("cfg_scale"),
    interval: [0, 1 - file.number("cfg_interval_start", 0)],
  });

/** A solver on a shifted grid; with guidance the file keeps two equal states, ours is one. */
async function ode(
  file: ParityFile,
  points: number,
  options: { readonly method: string; readonly shift: number; readonly guided: boolean },
): Promise<NDArray> {
  const { model, parameters, noise, feeds } = snippets(file);
  const { method, shift, guided } = options;
  const [batchSize = 1] = noise.shape;
  const grid = shift === 0 ? uniformGrid : shiftedGrid(1 / shift);
  const ready = await sampler({
    engine: referenceEngine(),
    model,
    parameters,
    batchSize,
    solver: solverOf(method),
    steps: points - 1,
    grid,
    guidance: guided ? guidanceOf(file) : undefined,
  });
  const found = [noise, ...(await states(ready, { noise, feeds }))];
  return stack(guided ? found.map(twice) : found);
}

/**
 * The official SDE, of whose options the file names those that are not the code's own. With guidance: two states with noises
 * of their own, both driven by the velocity of the first.
 */
function sde(
  file: ParityFile,
  points: number,
  options: { readonly method: string; readonly guided: boolean },
): NDArray {
  const { model, parameters, noise, feeds } = snippets(file);
  const { method, guided } = options;
  const guidance = guided ? guidanceOf(file) : undefined;
  const form = (file.metadata.diffusion_form ?? "linear") as DiffusionForm;
  const solver = stochasticSolver(method, {
    interpolant: model.interpolant,
    form,
    norm: file.number("diffusion_norm", 1),
  });
  const draws = file.get(`noise/sde_${method}${points}${guided ? "_cfg" : ""}`);
  const lastStep = lastStepOf(file.metadata.last_step ?? "Mean");
  const lastStepSize = file.number("last_step_size", solver.lastStepSize);
  const [n = 1] = noise.shape;
  let x = guided ? twice(noise) : noise;
  const [rows = n] = x.shape;
  const found = plan(solver, model, { steps: points, lastStep, lastStepSize, guidance }).map((step, i) => {
    const times = { t: full([rows], step.t), tNext: full([rows], step.tNext) };
    const eps = i < points - 1 ? unstack(draws, i) : x;
    const { next } = compute(
      { feeds: { ...times, x, eps, condition: feeds.condition }, params: parameters },
      (given, p) => {
        const c = model.condition(p, { condition: given.condition });
        let call = 0;
        const shared = (at: Tensor, t: Tensor): Tensor => {
          const v = guidedVelocity(model, p, { c, guidance: step.guided[call++] ? guidance : undefined });
          const first = v(slice(at, 0, [0, n]), slice(t, 0, [0, n]));
          return guided ? concat([first, first], 0) : first;
        };
        return { next: step.solver.step(shared, given) };
      },
    );
    x = next as NDArray<"f32">;
    return x;
  });
  return stack(found);
}

/** Grids, guidance and samplers of the GMem code. */
export const gmemSampler: ParityCase = {
  component: "gmem_sampler",
  async run(file) {
    const results: Results = {};
    for (const name of file.names.filter((name) => name.startsWith("out/"))) {
      const [kind = "", variant = ""] = segments(name);
      const shift = Number(/^shift([\d.]+)$/.exec(variant)?.[1] ?? 0);
      const [, law, method = "", count, cfg] =
        /^(t_grid|ode_|sde_)(heun[23](?=\d)|rk4(?=\d)|[a-z]*)(\d+)(_cfg)?$/.exec(kind) ?? [];
      const [points, guided] = [Number(count), cfg !== undefined];
      if (law === "t_grid") {
        const times = (shift === 0 ? uniformGrid : shiftedGrid(1 / shift))([1, 0], points - 1);
        results[name] = array(times.map((t) => 1 - t));
      } else if (law === "ode_") results[name] = await ode(file, points, { method, shift, guided });
      else if (law === "sde_") results[name] = sde(file, points, { method, guided });
    }
    return results;
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};
