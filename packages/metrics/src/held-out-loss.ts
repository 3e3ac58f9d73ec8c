import { latentsOf, objective as plainObjective, trainingRange } from "@gmem/model";
import type { Objective, TrainingSet, VelocityModel } from "@gmem/spec";
import {
  array,
  checkFinite,
  type DeviceState,
  type Engine,
  GMemError,
  inBlocks,
  key,
  type Named,
  type NDArray,
  type Rng,
  type Tensor,
  trace,
} from "@gmem/tensor";

export interface HeldOutLossOptions {
  readonly engine: Engine;
  readonly model: VelocityModel;
  /** The model's parameters on the host, or on the device: `state.scope("ema/")`. */
  readonly parameters: Named<NDArray> | DeviceState;
  /** Rows that training did not see. */
  readonly set: TrainingSet;
  /** What is compared; default the plain velocity loss. Must draw no masks and no null conditions. */
  readonly objective?: Objective;
  /** Times per row, one from each of so many equal parts of [0, 1]; default 8. */
  readonly times?: number;
  /** Seed of noise and times; default 0. Equal seeds compare models on equal noise. */
  readonly seed?: number;
  /** Samples of one call; default 64. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** A mean over rows and the standard error of that mean. */
export interface MeanLoss {
  readonly mean: number;
  readonly standardError: number;
}

export interface HeldOutLoss {
  readonly all: MeanLoss;
  /** Times t ≥ 0.5, where the image is decided: there conditioning shows. */
  readonly noisy: MeanLoss;
  /** Mean of each part of [0, 1], from data to noise. */
  readonly byTime: Float64Array;
  readonly rows: number;
}

/**
 * The loss of a model on rows it was not trained on, with fixed noise for each (row, time): two models that get the same
 * seed see the same noise, so that small differences count. Labels are never dropped and snippets never masked.
 * @throws {GMemError} code `CONFIG` for an objective that masks, or sizes that are not positive; `ABORTED`.
 * @example
 * // no-run
 * const { all, noisy } = await heldOutLoss({ engine, model, parameters: state.scope("ema/"), set });
 */
export async function heldOutLoss(options: HeldOutLossOptions): Promise<HeldOutLoss> {
  const { engine, model, set, objective = plainObjective(), times = 8, batchSize = 64, signal } = options;
  check(options, { times, batchSize });
  const range = trainingRange(model.interpolant, model.prediction);
  const names = Object.keys(model.avals());
  const state = isState(options.parameters)
    ? options.parameters
    : await engine.state(pick(options.parameters, names), { fixed: names });
  const avals = Object.fromEntries(
    names.map((name) => [name, model.avals()[name] as NonNullable<Named<NDArray>[string]>]),
  );
  const feeds = { ...objective.feeds(model, batchSize), ...model.conditioner.feeds(batchSize) };
  const graph = trace({ feeds, state: avals }, (inputs) => ({
    fetches: { loss: objective.loss(model, inputs.state, inputs.feeds as Named<Tensor>).perSample }, // [batchSize]
  }));
  const losses = new Float64Array(set.length * times); // [rows,times]
  const rng = key(options.seed ?? 0);
  try {
    const executable = await engine.compile(graph, { state });
    try {
      const { loss } = await inBlocks(losses.length, batchSize, async (samples) => {
        const values = await draw(model, set, { samples, times, range, rng });
        return (await executable.run(values, signal ? { signal } : {})) as { readonly loss: NDArray };
      });
      checkFinite({ loss }, { where: "heldOutLoss", row: (i) => `row ${Math.floor(i / times)}` });
      losses.set(loss.data);
    } finally {
      await executable.dispose();
    }
  } finally {
    if (state !== options.parameters) await state.dispose();
  }
  const part = Array.from({ length: times }, (_, k) => k);
  return {
    all: meanOver(losses, part, times),
    noisy: meanOver(
      losses,
      part.filter((k) => 2 * k >= times),
      times,
    ),
    byTime: Float64Array.from(part, (k) => meanOver(losses, [k], times).mean),
    rows: set.length,
  };
}

const isState = (value: Named<NDArray> | DeviceState): value is DeviceState => typeof value.dispose === "function";
const pick = (all: Named<NDArray>, names: readonly string[]): Named<NDArray> =>
  Object.fromEntries(names.flatMap((name) => (all[name] ? [[name, all[name]]] : [])));

function check(options: HeldOutLossOptions, sizes: { readonly times: number; readonly batchSize: number }): void {
  const { mask, nullProbability } = options.objective?.options ?? {};
  if (mask || nullProbability)
    throw new GMemError(
      "CONFIG",
      "heldOutLoss: the objective must not mask snippets or drop conditions; leave both out",
    );
  for (const [name, value] of Object.entries({ ...sizes, rows: options.set.length }))
    if (!Number.isInteger(value) || value < 1)
      throw new GMemError("CONFIG", `heldOutLoss: ${name} must be a positive whole number, got ${value}`);
}

interface Draw {
  /** row · times + time. */
  readonly samples: Int32Array;
  readonly times: number;
  readonly range: readonly [low: number, high: number];
  readonly rng: Rng;
}

/** Feeds of some samples: noise and time depend on row and part of time only. */
async function draw(
  model: VelocityModel,
  set: TrainingSet,
  { samples, times, range, rng }: Draw,
): Promise<Named<NDArray>> {
  const [low, high] = range;
  const batch = await set.batch(samples.map((sample) => Math.floor(sample / times)));
  const x0 = latentsOf(batch, "heldOutLoss");
  const size = x0.data.length / samples.length;
  const noise = new Float32Array(x0.data.length);
  const t = new Float32Array(samples.length);
  samples.forEach((sample, i) => {
    const own = rng.split(Math.floor(sample / times)).split(sample % times);
    noise.set(own.split("noise").normal([size]).data, i * size);
    const u = ((sample % times) + (own.split("time").uniform([1]).data[0] as number)) / times;
    t[i] = low + (high - low) * u;
  });
  const conditions = await model.conditioner.batch(batch, uneventful);
  return { x0, eps: array(noise, x0.shape), t: array(t), ...conditions };
}

/** Uniform draws at their upper end: nothing that has a probability below one happens, such as dropping a label. */
const uneventful: Rng = {
  split: () => uneventful,
  normal: (shape) => key(0).normal(shape),
  bits: (count) => new Uint32Array(count).fill(0xffffffff),
  uniform: (shape) => ({
    ...key(0).uniform(shape),
    data: key(0)
      .uniform(shape)
      .data.fill(1 - 2 ** -24),
  }),
  permutation: (n) => Int32Array.from({ length: n }, (_, i) => i),
};

/** Mean over rows of each row's mean over some times; the rows are what is independent. */
function meanOver(losses: Float64Array, parts: readonly number[], times: number): MeanLoss {
  const rows = losses.length / times;
  const means = Float64Array.from(
    { length: rows },
    (_, row) => parts.reduce((sum, k) => sum + (losses[row * times + k] as number), 0) / parts.length,
  );
  const mean = means.reduce((sum, value) => sum + value, 0) / rows;
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(rows - 1, 1);
  return { mean, standardError: Math.sqrt(variance / rows) };
}
