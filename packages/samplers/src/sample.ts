import type { Tokenizer } from "@gmem/spec";
import { checkOptions, GMemError, type NDArray, type OptionTable } from "@gmem/tensor";
import { type DrawOptions, drawSamples, type SampleResult } from "./draw-samples.ts";
import { type ParameterSource, type SamplerOptions, sampler } from "./sampler.ts";

type Schedule = Omit<SamplerOptions, "model" | "batchSize" | "state" | "parameters" | "strength">;

export type SampleOptions = Schedule &
  ParameterSource &
  DrawOptions & {
    /** Default: `count`, at most 16. */
    readonly batchSize?: number;
  };

const table: OptionTable<SampleOptions & { readonly tokenizer?: Tokenizer }> = {
  engine: "required",
  model: "required",
  solver: "required",
  steps: "required",
  count: "required",
  seed: "required",
  request: "optional",
  parameters: "optional",
  state: "optional",
  tokenizer: "optional",
  batchSize: "optional",
  grid: "optional",
  range: "optional",
  lastStep: "optional",
  lastStepSize: "optional",
  guidance: "optional",
  oneCall: "optional",
  firstId: "optional",
  noise: "optional",
  stepNoise: "optional",
  start: "optional",
  signal: "optional",
  onProgress: "optional",
};

/**
 * Compiles a sampler, draws with it ({@link drawSamples}) and gives it back: latents, and images [count,3,H,W] ∈ [0,1] if a
 * tokenizer is given. With a `start` it draws from a picture: the last part of the way, as its strength says, and with a mask
 * that part of the picture alone.
 * @throws {GMemError} code `CONFIG` for bad settings, `ABORTED` when the signal fires.
 * @example
 * // no-run
 * import type { Params, Tokenizer } from "@gmem/spec";
 * declare const { engine, model }: SampleOptions;
 * declare const [parameters, tokenizer]: [Params<NDArray>, Tokenizer];
 * const parts = { engine, model, parameters, tokenizer, solver: heun };
 * const { images, nfe } = await sample({ ...parts, request: undefined, count: 8, steps: 20, seed: 0 });
 */
export function sample(
  options: SampleOptions & { readonly tokenizer: Tokenizer },
): Promise<SampleResult & { readonly images: NDArray<"f32"> }>;
export function sample(options: SampleOptions): Promise<SampleResult>;
export async function sample(
  options: SampleOptions & { readonly tokenizer?: Tokenizer },
): Promise<SampleResult & { readonly images?: NDArray<"f32"> }> {
  checkOptions("sample", options, table);
  const { count } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new GMemError("CONFIG", `sample: count must be a positive integer, got ${count}`);
  const { start, batchSize = Math.min(count, 16) } = options;
  const ready = await sampler({ ...options, batchSize, ...(start && { strength: start.strength }) });
  try {
    return await drawSamples(ready, options);
  } finally {
    await ready.dispose();
  }
}
