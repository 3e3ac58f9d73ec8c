import {
  ancestral,
  type Ddpm,
  type DdpmLossOptions,
  type DdpmMethod,
  type DdpmOptions,
  type Denoiser,
  ddim,
  ddpm,
  ddpmLoss,
  noised,
  noiseSchedule,
  posterior,
} from "@gmem/samplers";
import { array, cos, GMemError, type Named, type NDArray, sin, split, stack, type Tensor } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { measured } from "./measured.ts";
import { metadataNumber, type Results, unstack } from "./network.ts";

const table = (values: Float64Array): NDArray => array(Float32Array.from(values), [values.length]);

/** The schedule of the metadata, "cosine" for short, and as many steps as the tables have. */
function processOf(file: ParityFile): DdpmOptions {
  const { noise_schedule: name = "linear" } = file.metadata;
  const schedule = name === "cosine" ? "squaredcos_cap_v2" : name;
  if (schedule !== "linear" && schedule !== "squaredcos_cap_v2")
    throw new GMemError("DATA", `${file.name}: noise_schedule must be linear or squaredcos_cap_v2, got "${name}"`);
  return { schedule, steps: file.shapes["sched/betas"]?.[0] ?? file.number("diffusion_steps", 1000) };
}

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

/** Factors a, b and periods p, q of the files' network, (ε̂ + ax) cos(t/p) + bx with the variance × sin(t/q). */
interface Waves {
  readonly slope: number;
  readonly period: number;
  readonly rest: number;
  readonly variancePeriod: number;
}

/** As the metadata's "model" writes them: "(model_out[:, :C]+0.2*x)*cos(t/300)+0.5*x , model_out[:, C:]*sin(t/170)". */
function wavesOf(file: ParityFile): Waves {
  const read = (before: RegExp): number => {
    const found = metadataNumber(file.metadata.model, before);
    if (found !== undefined) return found;
    throw new GMemError("DATA", `${file.name}: the metadata's "model" must give a number after ${before.source}`);
  };
  return {
    slope: read(/model_out\[:, :C\]\s*/),
    period: read(/cos\(t\s*\/\s*/),
    rest: read(/cos\([^)]*\)\s*/),
    variancePeriod: read(/sin\(t\s*\/\s*/),
  };
}

/** That network at steps t of the training. */
const network =
  (stored: Tensor, { slope, period, rest, variancePeriod }: Waves, fixedVariance = false): Denoiser =>
  (x, step) => {
    const t = step.reshape([step.shape[0] as number, 1, 1, 1]); // [N,1,1,1]
    const [noise, variance] = split(stored, 2, 1) as readonly [Tensor, Tensor]; // 2 × [N,C,H,W]
    const output = noise
      .add(x.mul(slope))
      .mul(cos(t.mul(1 / period)))
      .add(x.mul(rest));
    return fixedVariance ? { output } : { output, variance: variance.mul(sin(t.mul(1 / variancePeriod))) };
  };

const lossKinds = {
  mse: {},
  rescaled_mse: { kind: "rescaled-mse" },
  kl: { kind: "rescaled-kl" },
  fixed_large: { variance: "fixed-large" },
  fixed_small: { variance: "fixed-small" },
} as const;

/** What `loss_fixed_small_xstart` stands for. */
function lossOf(name: string): DdpmOptions & Pick<DdpmLossOptions, "kind"> {
  const [, kind = "", x0] = /^(.+?)(_xstart)?$/.exec(name) ?? [];
  if (!Object.hasOwn(lossKinds, kind))
    throw new GMemError(
      "DATA",
      `losses are ${Object.keys(lossKinds).join(", ")}, with or without _xstart, got "${name}"`,
    );
  return { ...lossKinds[kind as keyof typeof lossKinds], ...(x0 && { prediction: "x0" }) };
}

/** q and the losses that the file asks for, at its steps. */
function training(file: ParityFile, options: DdpmOptions): Named<NDArray> {
  const feeds = {
    x0: file.get("in/x_start"),
    eps: file.get("in/noise"),
    k: array(Int32Array.from(file.get("in/t").data), file.get("in/t").shape, "i32"),
    stored: file.get("in/model_out"),
  };
  const names = new Set(file.names.flatMap((name) => /^out\/loss_([^/]+)\//.exec(name)?.[1] ?? []));
  const waves = wavesOf(file);
  return compute({ feeds }, ({ x0, eps, k, stored }) => {
    const process = ddpm(options);
    const parts = [...names].flatMap((name) => {
      const { kind, ...own } = lossOf(name);
      const denoise = network(stored, waves, own.variance !== undefined);
      const loss = ddpmLoss(ddpm({ ...options, ...own }), denoise, { x0, eps, k, ...(kind && { kind }) });
      return Object.entries(loss).map(([part, value]) => [`out/loss_${name}/${part}`, value as Tensor] as const);
    });
    const x = noised(process, x0, { k, eps });
    return {
      "out/q_sample": x,
      "out/q_posterior_mean": posterior(process, x0, { x, k }).mean,
      ...Object.fromEntries(parts),
    };
  });
}

/** `p_sample`, `p_sample_clip`, `ddim`, `ddim_eta0.6`. */
function methodOf(name: string): DdpmMethod | undefined {
  const [, law, clip, eta] = /^(p_sample|ddim)(_clip)?(?:_eta([\d.]+))?$/.exec(name) ?? [];
  if (law === undefined) return undefined;
  const clipping = clip === undefined ? {} : { clip: true };
  return law === "ddim" ? ddim({ ...clipping, ...(eta !== undefined && { eta: Number(eta) }) }) : ancestral(clipping);
}

/** One respaced process: its tables, and states after the first, the middle and the last step of each method. */
function respaced(file: ParityFile, spacing: string, options: DdpmOptions): Results {
  const process = ddpm({ ...options, respacing: spacing });
  const waves = wavesOf(file);
  const at = `out/respaced_${spacing}`;
  const results: Results = { [`${at}/timestep_map`]: table(process.original), [`${at}/betas`]: table(process.beta) };
  const draws = file.get(`noise/${process.length}`); // [steps,N,C,H,W]
  const start = file.get("in/noise");
  const [n = 1] = start.shape;
  const outputs = file.names.flatMap((name) => (name.startsWith(`${at}/`) ? [name.slice(at.length + 1)] : []));
  const first = outputs.includes("pred_xstart_first") ? ["p_sample_clip"] : [];
  for (const name of new Set([...outputs, ...first])) {
    const method = methodOf(name);
    if (!method) continue;
    let x = start;
    const states = Array.from({ length: process.length }, (_, i) => {
      const k = array(new Int32Array(n).fill(process.length - 1 - i), [n], "i32");
      const feeds = { x, k, eps: unstack(draws, i), stored: file.get("in/model_out") };
      const found = compute({ feeds }, ({ x, k, eps, stored }) =>
        method.step(process, network(stored, waves), { x, k, eps }),
      );
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
    const options = processOf(file);
    const spacings = new Set(file.names.flatMap((name) => /^out\/respaced_([^/]+)\//.exec(name)?.[1] ?? []));
    const results: Results = { ...schedules(ddpm(options)), ...training(file, options) };
    for (const spacing of spacings) Object.assign(results, respaced(file, spacing, options));
    return Object.fromEntries(Object.entries(results).filter(([name]) => file.shapes[name]));
  },
  tolerance: (file, tensor) =>
    tensor.startsWith("sched/") ? { rtol: 1e-6 } : { atol: Math.max(2e-5, measured(file, tensor)), ofMax: 1e-5 },
};
