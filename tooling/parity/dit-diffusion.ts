import {
  ancestral,
  type Ddpm,
  type DdpmMethod,
  type Denoiser,
  ddim,
  ddpm,
  ddpmLoss,
  noised,
  noiseSchedule,
  posterior,
} from "@gmem/samplers";
import { array, cos, type Named, type NDArray, sin, split, stack, type Tensor } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { measured } from "./measured.ts";
import { type Results, unstack } from "./network.ts";

const table = (values: Float64Array): NDArray => array(Float32Array.from(values), [values.length]);

/** The tables of the full process. */
function schedules(process: Ddpm): Results {
  return {
    "sched/betas": table(process.beta),
    "sched/alphas_cumprod": table(process.alphaBar),
    "sched/posterior_variance": table(process.posteriorVariance),
    "sched/posterior_log_variance_clipped": table(process.posteriorLogVariance),
    "sched/betas_cosine": table(noiseSchedule("squaredcos_cap_v2", process.length)),
  };
}

/** The files' network: (ε̂ + 0.2x) cos(t/300) + 0.5x, and the variance × sin(t/170), at steps t of the training. */
const network =
  (stored: Tensor, fixedVariance = false): Denoiser =>
  (x, step) => {
    const t = step.reshape([step.shape[0] as number, 1, 1, 1]); // [N,1,1,1]
    const [noise, variance] = split(stored, 2, 1) as readonly [Tensor, Tensor]; // 2 × [N,C,H,W]
    const output = noise
      .add(x.mul(0.2))
      .mul(cos(t.mul(1 / 300)))
      .add(x.mul(0.5));
    return fixedVariance ? { output } : { output, variance: variance.mul(sin(t.mul(1 / 170))) };
  };

/** q and the losses of every kind at the file's steps. */
function training(file: ParityFile, process: Ddpm): Named<NDArray> {
  const feeds = {
    x0: file.get("in/x_start"),
    eps: file.get("in/noise"),
    k: array(Int32Array.from(file.get("in/t").data), file.get("in/t").shape, "i32"),
    stored: file.get("in/model_out"),
  };
  return compute({ feeds }, ({ x0, eps, k, stored }) => {
    const x = noised(process, x0, { k, eps });
    const learned = network(stored);
    const fixed = network(stored, true);
    const large = ddpm({ variance: "fixed-large" });
    const small = ddpm({ variance: "fixed-small", prediction: "x0" });
    const losses = {
      loss_mse: ddpmLoss(process, learned, { x0, eps, k }),
      loss_rescaled_mse: ddpmLoss(process, learned, { x0, eps, k, kind: "rescaled-mse" }),
      loss_kl: ddpmLoss(process, learned, { x0, eps, k, kind: "rescaled-kl" }),
      loss_fixed_large: ddpmLoss(large, fixed, { x0, eps, k }),
      loss_fixed_small_xstart: ddpmLoss(small, fixed, { x0, eps, k }),
    };
    const parts = Object.entries(losses).flatMap(([name, loss]) =>
      Object.entries(loss).map(([part, value]) => [`out/${name}/${part}`, value as Tensor] as const),
    );
    return {
      "out/q_sample": x,
      "out/q_posterior_mean": posterior(process, x0, { x, k }).mean,
      ...Object.fromEntries(parts),
    };
  });
}

const methods: Readonly<Record<string, DdpmMethod>> = {
  p_sample: ancestral(),
  p_sample_clip: ancestral({ clip: true }),
  ddim: ddim(),
  "ddim_eta0.6": ddim({ eta: 0.6 }),
};

/** One respaced process: its tables, and states after the first, the middle and the last step of each method. */
function respaced(file: ParityFile, spacing: string): Results {
  const process = ddpm({ respacing: spacing });
  const at = `out/respaced_${spacing}`;
  const results: Results = { [`${at}/timestep_map`]: table(process.original), [`${at}/betas`]: table(process.beta) };
  const draws = file.get(`noise/${process.length}`); // [steps,N,C,H,W]
  const start = file.get("in/noise");
  const [n = 1] = start.shape;
  for (const [name, method] of Object.entries(methods)) {
    let x = start;
    const states = Array.from({ length: process.length }, (_, i) => {
      const k = array(new Int32Array(n).fill(process.length - 1 - i), [n], "i32");
      const feeds = { x, k, eps: unstack(draws, i), stored: file.get("in/model_out") };
      const found = compute({ feeds }, ({ x, k, eps, stored }) => method.step(process, network(stored), { x, k, eps }));
      if (i === 0 && name === "p_sample_clip") results[`${at}/pred_xstart_first`] = found.x0 as NDArray;
      x = found.x as NDArray;
      return x;
    });
    const middle = Math.floor(process.length / 2);
    results[`${at}/${name}`] = stack([0, middle, process.length - 1].map((i) => states[i] as NDArray));
  }
  return results;
}

/** DiT's diffusion: schedules, respacing, losses, ancestral sampling and DDIM. */
export const ditDiffusion: ParityCase = {
  component: "dit_diffusion",
  expected: (name) => /^(out|sched)\//.test(name),
  async run(file) {
    const process = ddpm();
    const spacings = new Set(file.names.flatMap((name) => /^out\/respaced_([^/]+)\//.exec(name)?.[1] ?? []));
    const results: Results = { ...schedules(process), ...training(file, process) };
    for (const spacing of spacings) Object.assign(results, respaced(file, spacing));
    return Object.fromEntries(Object.entries(results).filter(([name]) => file.shapes[name]));
  },
  tolerance: (file, tensor) =>
    tensor.startsWith("sched/") ? { rtol: 1e-6 } : { atol: Math.max(2e-5, measured(file, tensor)), ofMax: 1e-5 },
};
