import type { Tokenizer, VelocityModel } from "@gmem/spec";
import {
  array,
  checkFinite,
  concatRows,
  GMemError,
  key,
  mapNamed,
  type Named,
  type NDArray,
  ShapeError,
  sameShape,
  takeRows,
} from "@gmem/tensor";
import type { Sampler } from "./sampler-contract.ts";
import { beginnings } from "./start/beginnings.ts";
import type { DrawStart } from "./start/picture-start.ts";

/** Progress of {@link drawSamples}. */
export interface SampleProgress {
  /** Samples finished, of `count`. */
  readonly samples: number;
  readonly count: number;
  /** Steps done in the current batch, of `steps`. */
  readonly step: number;
  readonly steps: number;
}

export interface DrawOptions {
  readonly model: VelocityModel;
  /** What the conditioner's `resolve` takes; see its package. */
  readonly request: unknown;
  readonly count: number;
  readonly seed: number;
  /** The id of the first sample, default 0: ids 4…7 of a seed are the second four of its first eight. */
  readonly firstId?: number;
  /** z [count,C,H,W] in place of what the seed gives: to repeat what another program drew. */
  readonly noise?: NDArray<"f32">;
  /** The noise of every step of a stochastic solver [steps,count,C,H,W], likewise. */
  readonly stepNoise?: NDArray<"f32">;
  /** A picture to draw from, by a sampler of its strength; the noise is what it is noised by. */
  readonly start?: DrawStart;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SampleProgress) => void;
}

export interface SampleResult {
  /** [count,C,H,W]. */
  readonly latents: NDArray<"f32">;
  /** Evaluations of v for each sample, and network calls for each sample (two where guided). */
  readonly nfe: number;
  readonly forwards: number;
}

/**
 * Noise → condition → a compiled sampler of `steps` steps → latents, and images [count,3,H,W] ∈ [0,1] if a tokenizer is
 * given. Sample i of a seed has its own key, so it is the same alone and in any batch of the same size; a last partial
 * batch is padded.
 * @throws {GMemError} code `CONFIG` for a count that is no positive integer, `ABORTED` when the signal fires.
 * @throws {ShapeError} if stored noise has another shape.
 * @throws {GMemError} code `NON_FINITE` for noise, a condition, latents or pictures with NaN or infinity.
 * @example
 * // no-run
 * import type { VelocityModel } from "@gmem/spec";
 * declare const [ready, model]: [Sampler, VelocityModel];
 * const { latents } = await drawSamples(ready, { model, request: undefined, count: 8, seed: 0, steps: 20 });
 */
export function drawSamples(
  ready: Pick<Sampler, "batchSize" | "layout" | "steps">,
  options: DrawOptions & { readonly steps: number; readonly tokenizer: Tokenizer },
): Promise<SampleResult & { readonly images: NDArray<"f32"> }>;
export function drawSamples(
  ready: Pick<Sampler, "batchSize" | "layout" | "steps">,
  options: DrawOptions & { readonly steps: number; readonly tokenizer?: Tokenizer },
): Promise<SampleResult & { readonly images?: NDArray<"f32"> }>;
export async function drawSamples(
  ready: Pick<Sampler, "batchSize" | "layout" | "steps">,
  options: DrawOptions & { readonly steps: number; readonly tokenizer?: Tokenizer },
): Promise<SampleResult & { readonly images?: NDArray<"f32"> }> {
  const { model, count, seed, firstId = 0, steps, tokenizer, signal, onProgress, stepNoise } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new GMemError("CONFIG", `sample: count must be a positive integer, got ${count}`);
  const { batchSize } = ready;
  const shape = [1, ...model.backbone.latent];
  checkNoise(options, [count, ...model.backbone.latent]);
  const own = (id: number) => key(seed).split(firstId + id);
  const draw = (ids: readonly number[], of: (id: number) => NDArray<"f32">) => concatRows(ids.map(of));
  const everyone = Array.from({ length: count }, (_, id) => id);
  const noise = options.noise ?? draw(everyone, (id) => own(id).split("noise").normal(shape)); // [count,C,H,W]
  const feeds = await model.conditioner.resolve(noise, options.request);
  checkFinite(feeds, { where: "sample", remedy: "check the request" });
  const begun = beginnings(ready.layout, { model, noise, start: options.start });
  const total = ready.layout?.steps ?? steps;
  const done: NDArray<"f32">[] = [];
  const images: NDArray<"f32">[] = [];
  let spent = { nfe: 0, forwards: 0 };
  for (let first = 0; first < count; first += batchSize) {
    const padded = Array.from({ length: batchSize }, (_, i) => Math.min(first + i, count - 1));
    const input = {
      ...begun(padded),
      feeds: pick(feeds, padded, count),
      signal,
      stepNoise: (step: number) =>
        stepNoise
          ? takeRows(row(stepNoise, step), padded)
          : draw(padded, (id) => own(id).split("step").split(step).normal(shape)),
    };
    for await (const at of ready.steps(input)) {
      const { nfe, forwards } = at;
      spent = { nfe, forwards };
      onProgress?.({ samples: first, count, step: at.index, steps: total });
      if (at.index === total) done.push(await at.x());
    }
    if (total === 0) done.push(input.noise);
  }
  const latents = takeRows(concatRows(done), everyone); // without the padding
  checkFinite({ latents }, { where: "sample", remedy: "take less guidance, more steps or other weights" });
  if (!tokenizer) return { latents, ...spent };
  for (let first = 0; first < count; first += batchSize)
    images.push(await tokenizer.decode(takeRows(latents, everyone.slice(first, first + batchSize))));
  const pictures = concatRows(images);
  checkFinite({ pictures }, { where: `sample: ${tokenizer.name}`, remedy: "check the tokenizer's weights" });
  return { latents, ...spent, images: pictures };
}

function checkNoise({ noise, stepNoise }: DrawOptions, shape: readonly number[]): void {
  if (noise && !sameShape(noise.shape, shape))
    throw new ShapeError("sample", `noise must be [${shape}]`, [noise.shape]);
  if (stepNoise && !sameShape(stepNoise.shape.slice(1), shape))
    throw new ShapeError("sample", `stepNoise must be [steps,${shape}]`, [stepNoise.shape]);
  checkFinite({ noise, stepNoise }, { where: "sample", remedy: "store it again" });
}

/** x[i]. */
function row(x: NDArray<"f32">, i: number): NDArray<"f32"> {
  const [length = 0, ...shape] = x.shape;
  const size = x.data.length / Math.max(1, length);
  if (i >= length)
    throw new GMemError("CONFIG", `sample: stepNoise must hold a row for each step, got ${length} for step ${i + 1}`);
  return array(x.data.subarray(i * size, (i + 1) * size), shape);
}

/** The rows of a batch, of feeds that have one for each sample. */
const pick = (feeds: Named<NDArray>, rows: readonly number[], count: number): Named<NDArray> =>
  mapNamed(feeds, (value) => (value.shape[0] === count ? takeRows(value, rows) : value));
