import {
  type AdaptiveSolver,
  ancestral,
  cfg,
  type DdpmSamplerOptions,
  type DrawOptions,
  ddim,
  ddpmSampler,
  drawSamples,
  type SampleResult,
  type Sampler,
  type ScheduleOptions,
  sampler,
  shiftedGrid,
} from "@gmem/samplers";
import type { LatentShape, Solver, Tokenizer, VelocityModel } from "@gmem/spec";
import { type DeviceState, type Engine, GMemError, type NDArray } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { processOf } from "../parts/backbone/dit.ts";
import { openDit } from "../parts/backbone.ts";
import { openSolver } from "../parts/solver.ts";

type Settings = RunConfig["sampler"];

export interface SamplerParts {
  readonly config: Pick<RunConfig, "backbone" | "objective">;
  readonly model: VelocityModel;
  readonly settings: Settings;
}

export interface SamplersParts extends Omit<SamplerParts, "settings"> {
  readonly engine: Engine;
  /** Holds the parameters under the model's names. */
  readonly state: DeviceState;
  /** Opened when pictures are asked for. */
  tokenizer(): Promise<Tokenizer>;
}

/** What is drawn. */
export type Draw = Omit<DrawOptions, "model">;

/** A compiled sampler of a run. */
export interface RunSampler extends Pick<Sampler, "batchSize" | "steps"> {
  /** Latents [count,C,H,W]. */
  drawLatents(options: Draw): Promise<SampleResult>;
  /** The same with pictures [count,3,H,W] ∈ [0,1]. */
  draw(options: Draw): Promise<SampleResult & { readonly images: NDArray<"f32"> }>;
}

/** Samplers of one set of parameters. */
export interface RunSamplers {
  /** Compiled at the first call for these settings and batch size, and kept. */
  sampler(settings: Settings, options: { readonly batchSize: number }): Promise<RunSampler>;
  close(): Promise<void>;
}

/** Samplers over a state, each compiled once. */
export function runSamplers(parts: SamplersParts): RunSamplers {
  const kept = new Map<string, Promise<Sampler>>();
  const { model } = parts;
  return {
    async sampler(settings, { batchSize }) {
      const key = JSON.stringify([settings, batchSize]);
      const ready = kept.get(key) ?? compiled({ ...parts, settings }, batchSize);
      kept.set(key, ready);
      ready.catch(() => kept.delete(key));
      const compiledSampler = await ready;
      const drawLatents = (options: Draw): Promise<SampleResult> =>
        drawSamples(compiledSampler, { ...options, model, steps: settings.steps });
      return {
        batchSize,
        steps: (input) => compiledSampler.steps(input),
        drawLatents,
        async draw(options) {
          const tokenizer = await parts.tokenizer();
          return drawSamples(compiledSampler, { ...options, model, steps: settings.steps, tokenizer });
        },
      };
    },
    async close() {
      for (const ready of kept.values()) await (await ready).dispose();
      kept.clear();
    },
  };
}

/** Samples of a batch where nothing else asks for a size. */
export const usualBatch = (count: number): number => Math.min(count, 16);

async function compiled(parts: SamplersParts & SamplerParts, batchSize: number): Promise<Sampler> {
  const { engine, model, settings, state } = parts;
  const discrete = discreteOf(parts);
  if (discrete) return ddpmSampler({ engine, model, state, batchSize, ...discrete });
  return sampler({ engine, model, state, batchSize, ...(await scheduleOf(settings, model)) });
}

/**
 * The discrete process of a DiT and how it is sampled; undefined for solvers of continuous time.
 * @throws {GMemError} code `CONFIG` for a discrete solver and a network of another process.
 */
export function discreteOf({
  config,
  model,
  settings,
}: Pick<SamplerParts, "config" | "settings"> & { readonly model: Pick<VelocityModel, "backbone"> }):
  | Pick<DdpmSamplerOptions, "denoise" | "process" | "method" | "guidance">
  | undefined {
  const { solver, steps, cfg: scale } = settings;
  const guided = guidedChannels(settings, model.backbone.latent);
  if (solver !== "ancestral" && solver !== "ddim") return undefined;
  const backbone = openDit(config, model.backbone.latent);
  if (!backbone)
    throw new GMemError(
      "CONFIG",
      `sampler.solver: ${solver} is for a DiT's discrete steps, got a ${model.backbone.name}; use heun or euler-maruyama`,
    );
  const { loss, interpolant } = config.objective;
  if (loss !== "ddpm" && interpolant !== "vp")
    throw new GMemError(
      "CONFIG",
      `sampler.solver: ${solver} is for a DiT trained with objective.loss=ddpm, got ${loss} on the ${interpolant} path; use heun or euler-maruyama`,
    );
  return {
    denoise: backbone.atStep,
    process: processOf(backbone, steps),
    method: solver === "ddim" ? ddim() : ancestral(),
    ...(scale === 1 ? {} : { guidance: { scale, ...guided } }),
  };
}

/** A solver of continuous time, and how it is laid over it. */
export async function scheduleOf(
  settings: Settings,
  model: VelocityModel,
): Promise<ScheduleOptions & { readonly solver: Solver | AdaptiveSolver }> {
  const { steps, shift, cfg: scale, cfgInterval, lastStepSize } = settings;
  const guided = guidedChannels(settings, model.backbone.latent);
  const solver = await openSolver(settings, model);
  return {
    solver,
    steps,
    grid: shiftedGrid(shift),
    ...(scale === 1 ? {} : { guidance: cfg({ scale, interval: cfgInterval, ...guided }) }),
    ...(lastStepSize === null || !("stochastic" in solver && solver.stochastic) ? {} : { lastStepSize }),
  };
}

/** @throws {GMemError} code `CONFIG` for more channels than latents have, guided or not. */
function guidedChannels({ cfgChannels }: Settings, [channels]: LatentShape): { readonly channels?: number } {
  if (cfgChannels === null) return {};
  if (cfgChannels <= channels) return { channels: cfgChannels };
  throw new GMemError(
    "CONFIG",
    `sampler.cfgChannels: must be at most ${channels}, the channels of the latents, got ${cfgChannels}; null guides all`,
  );
}
