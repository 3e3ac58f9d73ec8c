import type { Tokenizer, VelocityModel } from "@gmem/spec";
import { concatRows, GMemError, key, type Named, type NDArray, takeRows } from "@gmem/tensor";
import { type ParameterSource, type SamplerOptions, sampler } from "./sampler.ts";

/** Progress of {@link sample}. */
export interface SampleProgress {
  /** Samples finished, of `count`. */
  readonly samples: number;
  readonly count: number;
  /** Steps done in the current batch, of `steps`. */
  readonly step: number;
  readonly steps: number;
}

type Schedule = Omit<SamplerOptions, "model" | "batchSize" | "state" | "parameters">;

export type SampleOptions = Schedule &
  ParameterSource & {
    readonly model: VelocityModel;
    /** What the conditioner's `resolve` takes; see its package. */
    readonly request: unknown;
    readonly count: number;
    /** Default: `count`, at most 16. */
    readonly batchSize?: number;
    readonly seed: number;
    /** The id of the first sample, default 0: ids 4…7 of a seed are the second four of its first eight. */
    readonly firstId?: number;
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: SampleProgress) => void;
  };

export interface SampleResult {
  /** [count,C,H,W]. */
  readonly latents: NDArray<"f32">;
  /** Evaluations of v for each sample, and network calls for each sample (two where guided). */
  readonly nfe: number;
  readonly forwards: number;
}

/**
 * Noise → condition → solver → latents, and images [count,3,H,W] ∈ [−1,1] if a tokenizer is given. Sample i of a seed has
 * its own key, so it is the same alone and in any batch of the same size; a last partial batch is padded.
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
  const { model, count, seed, firstId = 0, steps, tokenizer, signal, onProgress } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new GMemError("CONFIG", `sample: count must be a positive integer, got ${count}`);
  const batchSize = options.batchSize ?? Math.min(count, 16);
  const own = (id: number) => key(seed).split(firstId + id);
  const draw = (ids: readonly number[], of: (id: number) => NDArray<"f32">) => concatRows(ids.map(of));
  const shape = [1, ...model.backbone.latent];
  const everyone = Array.from({ length: count }, (_, id) => id);
  const noise = draw(everyone, (id) => own(id).split("noise").normal(shape)); // [count,C,H,W]
  const feeds = await model.conditioner.resolve(noise, options.request);
  const ready = await sampler({ ...options, batchSize });
  const done: NDArray<"f32">[] = [];
  const images: NDArray<"f32">[] = [];
  let spent = { nfe: 0, forwards: 0 };
  try {
    for (let first = 0; first < count; first += batchSize) {
      const padded = Array.from({ length: batchSize }, (_, i) => Math.min(first + i, count - 1));
      const input = {
        ...{ noise: takeRows(noise, padded), feeds: pick(feeds, padded, count), signal },
        stepNoise: (step: number) => draw(padded, (id) => own(id).split("step").split(step).normal(shape)),
      };
      for await (const at of ready.steps(input)) {
        const { nfe, forwards } = at;
        spent = { nfe, forwards };
        onProgress?.({ samples: first, count, step: at.index, steps });
        if (at.index === steps) done.push(await at.x());
      }
    }
  } finally {
    await ready.dispose();
  }
  const latents = takeRows(concatRows(done), everyone); // without the padding
  if (!tokenizer) return { latents, ...spent };
  for (let first = 0; first < count; first += batchSize)
    images.push(await tokenizer.decode(takeRows(latents, everyone.slice(first, first + batchSize))));
  return { latents, ...spent, images: concatRows(images) };
}

/** The rows of a batch, of feeds that have one for each sample. */
const pick = (feeds: Named<NDArray>, rows: readonly number[], count: number): Named<NDArray> =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, value]) => [name, value.shape[0] === count ? takeRows(value, rows) : value]),
  );
