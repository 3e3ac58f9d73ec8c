import {
  cfg,
  euler,
  type Guidance,
  guidedVelocity,
  heunSde,
  plan,
  sampler,
  shiftedGrid,
  uniformGrid,
} from "@gmem/samplers";
import { array, concat, concatRows, type NDArray, referenceEngine, slice, stack, type Tensor } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { measured } from "./measured.ts";
import { type Results, segments, unstack } from "./network.ts";
import { snippets, states } from "./sampler-model.ts";

const twice = (x: NDArray<"f32">): NDArray<"f32"> => concatRows([x, x]);

/** The file's interval starts at a u and lasts to data. */
const guidanceOf = (file: ParityFile): Guidance =>
  cfg({
    scale: file.number("cfg_scale"),
    interval: [0, 1 - file.number("cfg_interval_start", 0)],
  });

/** Euler on a shifted grid; with guidance the file keeps two equal states, ours is one. */
async function ode(
  file: ParityFile,
  points: number,
  options: { readonly shift: number; readonly guided: boolean },
): Promise<NDArray> {
  const { model, parameters, noise, feeds } = snippets(file);
  const { shift, guided } = options;
  const [batchSize = 1] = noise.shape;
  const grid = shift === 0 ? uniformGrid : shiftedGrid(1 / shift);
  const ready = await sampler({
    engine: referenceEngine(),
    model,
    parameters,
    batchSize,
    solver: euler,
    steps: points - 1,
    grid,
    guidance: guided ? guidanceOf(file) : undefined,
  });
  const found = [noise, ...(await states(ready, { noise, feeds }))];
  return stack(guided ? found.map(twice) : found);
}

/** The official SDE with guidance: two states with noises of their own, both driven by the velocity of the first. */
function sde(file: ParityFile, points: number, draws: NDArray): NDArray {
  const { model, parameters, noise, feeds } = snippets(file);
  const guidance = guidanceOf(file);
  const solver = heunSde({ interpolant: model.interpolant, form: "linear" });
  const lastStepSize = file.number("last_step_size", solver.lastStepSize);
  const [n = 1] = noise.shape;
  let x = twice(noise);
  const found = plan(solver, model, { steps: points, lastStepSize, guidance }).map((step, i) => {
    const times = {
      t: array(new Float32Array(2 * n).fill(step.t)),
      tNext: array(new Float32Array(2 * n).fill(step.tNext)),
    };
    const eps = i < points - 1 ? unstack(draws, i) : x;
    const { next } = compute(
      { feeds: { ...times, x, eps, condition: feeds.condition }, params: parameters },
      (given, p) => {
        const c = model.condition(p, { condition: given.condition });
        let call = 0;
        const shared = (at: Tensor, t: Tensor): Tensor => {
          const v = guidedVelocity(model, p, { c, guidance: step.guided[call++] ? guidance : undefined });
          const first = v(slice(at, 0, [0, n]), slice(t, 0, [0, n]));
          return concat([first, first], 0);
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
      const points = Number(/\d+/.exec(kind)?.[0] ?? 0);
      if (kind.startsWith("t_grid")) {
        const times = (shift === 0 ? uniformGrid : shiftedGrid(1 / shift))([1, 0], points - 1);
        results[name] = array(times.map((t) => 1 - t));
      } else if (kind.startsWith("ode_euler"))
        results[name] = await ode(file, points, { shift, guided: kind.endsWith("_cfg") });
      else if (kind.startsWith("sde_heun")) results[name] = sde(file, points, file.get(`noise/${kind}`));
    }
    return results;
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)) }),
};
