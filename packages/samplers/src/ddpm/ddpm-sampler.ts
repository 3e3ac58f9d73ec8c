import type { Params, VelocityModel } from "@gmem/spec";
import {
  type Aval,
  array,
  checkFinite,
  type DeviceState,
  type Engine,
  f32,
  GMemError,
  i32,
  type NDArray,
  stopIfAborted,
  type Tensor,
  trace,
} from "@gmem/tensor";
import type { CfgOptions } from "../guidance.ts";
import type { ParameterSource } from "../sampler.ts";
import type { Sampler, SamplerInput, SamplerStep } from "../sampler-contract.ts";
import type { Ddpm } from "./ddpm.ts";
import { ancestral, type DdpmMethod } from "./ddpm-step.ts";
import { guidedDenoiser } from "./guided-denoiser.ts";
import type { DenoiserOutput } from "./posterior.ts";

export type DdpmSamplerOptions = ParameterSource & {
  readonly engine: Engine;
  /** Backbone, conditioner and S-Adapter. */
  readonly model: VelocityModel;
  /** DiT's `atStep`: x [N,C,H,W] at steps of the training [N], c [N,D]. */
  readonly denoise: (p: Params, x: Tensor, step: Tensor, c: Tensor) => DenoiserOutput;
  readonly process: Ddpm;
  /** Default ancestral. */
  readonly method?: DdpmMethod;
  readonly batchSize: number;
  /** At every step; DiT guides 3 channels. */
  readonly guidance?: Pick<CfgOptions, "scale" | "channels">;
};

/**
 * A sampler of a discrete process, from x_K ~ N(0, I) down to data: one executable for all steps. `t` of a step is the
 * share of steps that are left.
 * @throws {GMemError} code `CONFIG` for a batch size that is no positive integer, or a run without the noise it needs,
 * `NON_FINITE` for such parameters.
 * @example
 * // no-run
 * import type { Params } from "@gmem/spec";
 * import type { NDArray } from "@gmem/tensor";
 * declare const { engine, model, denoise }: DdpmSamplerOptions;
 * declare const parameters: Params<NDArray>;
 * const process = ddpm({ respacing: 250 });
 * const ready = await ddpmSampler({ engine, model, parameters, denoise, process, batchSize: 4, guidance: { scale: 4 } });
 */
export async function ddpmSampler(options: DdpmSamplerOptions): Promise<Sampler> {
  const { engine, process, method = ancestral(), batchSize: n, guidance } = options;
  if (!Number.isInteger(n) || n < 1)
    throw new GMemError("CONFIG", `ddpmSampler: batchSize must be a positive integer, got ${n}`);
  if (options.parameters) checkFinite(options.parameters, { where: "ddpmSampler", remedy: "load other weights" });
  const owned =
    options.parameters && (await engine.state(options.parameters, { fixed: Object.keys(options.parameters) }));
  const state = owned ?? (options.state as DeviceState);
  const executable = await engine.compile(stepGraph({ ...options, method }), { state });
  const calls = guidance ? 2 : 1;

  async function* steps(input: SamplerInput): AsyncGenerator<SamplerStep> {
    let x = input.noise;
    for (let index = 1; index <= process.length; index++) {
      stopIfAborted(input.signal, `ddpmSampler: stopped by its signal after ${index - 1} steps`);
      const left = process.length - index;
      const k = array(new Int32Array(n).fill(left), [n], "i32");
      const found = await executable.run({ ...input.feeds, x, k, ...noiseOf(method, input, index - 1) });
      x = found.x as NDArray<"f32">;
      const arrived = x;
      yield { index, t: left / process.length, nfe: index, forwards: calls * index, x: async () => arrived };
    }
  }

  return {
    batchSize: n,
    steps,
    async run(input) {
      let latents = input.noise;
      for await (const step of steps(input)) latents = await step.x();
      return { latents, nfe: process.length, forwards: calls * process.length };
    },
    async dispose() {
      await executable.dispose();
      await owned?.dispose();
    },
  };
}

/** One step as a program: the conditioner's feeds, x [N,C,H,W], k [N], eps for stochastic methods → x. */
function stepGraph(options: Omit<DdpmSamplerOptions, "state" | "parameters"> & { readonly method: DdpmMethod }) {
  const { model, process, method, batchSize: n, guidance } = options;
  const latent = f32(n, ...model.backbone.latent);
  const own = { x: latent, k: i32(n), ...(method.stochastic ? { eps: latent } : {}) };
  const feeds = { ...model.conditioner.feeds(n), ...own };
  return trace<Record<string, Aval>, Record<string, Aval>>({ feeds, state: model.avals() }, ({ feeds, state: p }) => {
    const { x, k, eps = x } = feeds as Record<string, Tensor> & { readonly x: Tensor; readonly k: Tensor };
    const c = model.condition(p, feeds); // [N,D]
    const denoise = guidance
      ? guidedDenoiser((at, step, both) => options.denoise(p, at, step, both), {
          ...guidance,
          given: c,
          missing: model.nullCondition(p, n),
        })
      : (at: Tensor, step: Tensor) => options.denoise(p, at, step, c);
    return { fetches: { x: method.step(process, denoise, { x, k, eps }).x } }; // [N,C,H,W]
  });
}

function noiseOf(method: DdpmMethod, { stepNoise }: SamplerInput, step: number): { readonly eps?: NDArray } {
  if (!method.stochastic) return {};
  if (!stepNoise)
    throw new GMemError(
      "CONFIG",
      `ddpmSampler: "${method.name}" adds noise in each step, got no stepNoise; pass it with the noise`,
    );
  return { eps: stepNoise(step) };
}
