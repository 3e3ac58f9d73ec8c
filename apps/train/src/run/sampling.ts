import {
  type AdaptiveSolver,
  ancestral,
  cfg,
  type DdpmSamplerOptions,
  type DrawOptions,
  ddim,
  ddpmSampler,
  dopri5,
  drawSamples,
  euler,
  eulerMaruyama,
  heun,
  heunSde,
  type SampleResult,
  type Sampler,
  type ScheduleOptions,
  sampler,
  shiftedGrid,
} from "@gmem/samplers";
import type { Solver, Tokenizer, VelocityModel } from "@gmem/spec";
import { type DeviceState, type Engine, GMemError, type NDArray } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { makeDit, processOf } from "./make-backbone.ts";

export interface SamplingParts {
  readonly config: Pick<RunConfig, "backbone" | "objective">;
  readonly engine: Engine;
  readonly model: VelocityModel;
  readonly tokenizer: Tokenizer;
  readonly settings: RunConfig["sampler"];
  /** Holds the parameters under the model's names. */
  readonly state: DeviceState;
}

/** What is drawn. */
export type Draw = Omit<DrawOptions, "model"> & { readonly batchSize?: number };

/** Latents [count,C,H,W] by the run's sampler settings. */
export async function drawLatents(parts: Omit<SamplingParts, "tokenizer">, options: Draw): Promise<SampleResult> {
  const ready = await compiled(parts, options.batchSize ?? Math.min(options.count, 16));
  try {
    return await drawSamples(ready, { ...options, model: parts.model, steps: parts.settings.steps });
  } finally {
    await ready.dispose();
  }
}

/** The same with pictures [count,3,H,W] ∈ [0,1]. */
export async function draw(
  parts: SamplingParts,
  options: Draw,
): Promise<SampleResult & { readonly images: NDArray<"f32"> }> {
  const drawn = await drawLatents(parts, options);
  const images = await parts.tokenizer.decode(drawn.latents);
  return { ...drawn, images: { ...images, data: images.data.map((x) => Math.min(1, Math.max(0, (x + 1) / 2))) } };
}

function compiled(parts: Omit<SamplingParts, "tokenizer">, batchSize: number): Promise<Sampler> {
  const { engine, model, settings, state } = parts;
  const discrete = discreteOf(parts);
  if (discrete) return ddpmSampler({ engine, model, state, batchSize, ...discrete });
  return sampler({ engine, model, state, batchSize, ...scheduleOf(settings, model) });
}

type Settings = RunConfig["sampler"];

/** The discrete process of a DiT and how it is sampled; undefined for solvers of continuous time. */
export function discreteOf({
  config,
  model,
  settings,
}: Pick<SamplingParts, "config" | "model" | "settings">):
  | Pick<DdpmSamplerOptions, "denoise" | "process" | "method" | "guidance">
  | undefined {
  const { solver, steps, cfg: scale } = settings;
  if (solver !== "ancestral" && solver !== "ddim") return undefined;
  const backbone = makeDit(config, model.backbone.latent);
  if (!backbone)
    throw new GMemError(
      "CONFIG",
      `sampler.solver: ${solver} is for a DiT's discrete steps, got a ${model.backbone.name}; use heun or euler-maruyama`,
    );
  return {
    denoise: backbone.atStep,
    process: processOf(backbone, steps),
    method: solver === "ddim" ? ddim() : ancestral(),
    ...(scale === 1 ? {} : { guidance: { scale, ...channelsOf(settings) } }),
  };
}

/** A solver of continuous time, and how it is laid over it. */
export function scheduleOf(
  settings: Settings,
  model: VelocityModel,
): ScheduleOptions & { readonly solver: Solver | AdaptiveSolver } {
  const { steps, shift, cfg: scale, cfgInterval, lastStepSize } = settings;
  const solver = solverOf(settings, model);
  return {
    ...{ solver, steps, grid: shiftedGrid(shift) },
    ...(scale === 1 ? {} : { guidance: cfg({ scale, interval: cfgInterval, ...channelsOf(settings) }) }),
    ...(lastStepSize === null || !("stochastic" in solver && solver.stochastic) ? {} : { lastStepSize }),
  };
}

const channelsOf = ({ cfgChannels }: Settings): { readonly channels?: number } =>
  cfgChannels === null ? {} : { channels: cfgChannels };

function solverOf(
  { solver, diffusion: form }: Settings,
  { interpolant }: Pick<VelocityModel, "interpolant">,
): Solver | AdaptiveSolver {
  switch (solver) {
    case "euler":
      return euler;
    case "heun":
      return heun;
    case "dopri5":
      return dopri5();
    case "euler-maruyama":
      return eulerMaruyama({ interpolant, form });
    case "heun-sde":
      return heunSde({ interpolant, form });
    default:
      throw new GMemError("CONFIG", `sampler.solver: needs a solver of continuous time, got ${solver}`);
  }
}
