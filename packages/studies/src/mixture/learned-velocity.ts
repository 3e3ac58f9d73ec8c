import { linear, linearInit } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import {
  array,
  concat,
  type Engine,
  f32,
  key,
  mean,
  type Named,
  type NDArray,
  type Rng,
  silu,
  square,
  type Tensor,
  trace,
} from "@gmem/tensor";
import { type Learner, trainLearner } from "@gmem/trainer";
import type { Field } from "./flow.ts";
import type { Points } from "./gaussian-mixture.ts";
import type { ConditionedMixture } from "./regimes.ts";

export interface LearnedSettings {
  readonly steps: number;
  readonly batch: number;
  readonly width: number;
}

export interface LearnOptions extends LearnedSettings {
  readonly engine: Engine;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number) => void;
}

const layers = ["0", "1", "2", "3"];

/** v_θ(x, t, c): three hidden layers with SiLU on the five numbers. */
function velocity(
  p: Named<Tensor>,
  { x, t, c }: { readonly x: Tensor; readonly t: Tensor; readonly c: Tensor },
): Tensor {
  let h = concat([x, t, c], 1); // [N,5]
  for (const layer of layers.slice(0, -1)) h = silu(linear(p, layer, h)); // [N,width]
  return linear(p, layers.at(-1) as string, h); // [N,2]
}

/** A network trained on points and their conditions, E‖v_θ(x_t, t, c) − (ε − x₀)‖². */
export async function learnVelocity(mixture: ConditionedMixture, options: LearnOptions): Promise<Params<NDArray>> {
  const { engine, seed, steps, batch, width, signal, onStep } = options;
  const init = (rng: Rng): Record<string, NDArray> =>
    Object.assign(
      {},
      ...layers.map((layer, i) =>
        linearInit(rng, layer, { in: i === 0 ? 5 : width, out: i === layers.length - 1 ? 2 : width }),
      ),
    );
  const shapes = Object.fromEntries(Object.entries(init(key(0))).map(([name, { shape }]) => [name, f32(...shape)]));
  const { points, component } = mixture.training;
  const learner: Learner = {
    latent: [2, 1, 1],
    identity: { network: "x, t, c to velocity", width },
    init,
    avals: () => shapes,
    frozen: [],
    feeds: (n) => ({ x0: f32(n, 2), eps: f32(n, 2), t: f32(n, 1), c: f32(n, 2) }),
    async draw({ index }, rng) {
      const x0 = Float64Array.from(
        { length: 2 * index.length },
        (_, j) => points[2 * (index[j >> 1] as number) + (j & 1)] as number,
      );
      const own = { points: x0, component: index.map((row) => component[row] as number) };
      return {
        x0: array(Float32Array.from(x0), [index.length, 2]),
        eps: rng.split("noise").normal([index.length, 2]),
        t: rng.split("time").uniform([index.length, 1]),
        c: array(Float32Array.from(mixture.conditionsOf(own, rng)), [index.length, 2]),
      };
    },
    loss(p, { x0, eps, t, c }) {
      const [data, noise, time, condition] = [x0, eps, t, c] as [Tensor, Tensor, Tensor, Tensor];
      const x = data.add(noise.sub(data).mul(time)); // [N,2]  (1−t) x₀ + t ε
      const loss = mean(square(velocity(p, { x, t: time, c: condition }).sub(noise.sub(data)))); // []
      return { loss, parts: {} };
    },
  };
  const trainer = await trainLearner({
    engine,
    learner,
    data: { length: component.length, latent: [2, 1, 1], batch: async (index) => ({ index }) },
    dataId: `mixture of seed ${seed}`,
    steps,
    batchSize: batch,
    seed,
    optimizer: { lr: 1e-3 },
    schedule: { kind: "cosine", warmup: 100, floor: 0.01 },
    ...(signal ? { signal } : {}),
  });
  try {
    for await (const { step } of trainer) onStep?.(step);
    return await trainer.parameters("model");
  } finally {
    await trainer.close();
  }
}

/** Runs `work` with the velocity of a network for n points, condition i for point i. */
export async function withLearnedField<T>(
  {
    engine,
    parameters,
    conditions,
  }: { readonly engine: Engine; readonly parameters: Params<NDArray>; readonly conditions: Points },
  work: (field: Field) => Promise<T>,
): Promise<T> {
  const n = conditions.length / 2;
  const c = array(Float32Array.from(conditions), [n, 2]);
  const avals = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, f32(...shape)]));
  const graph = trace({ feeds: { x: f32(n, 2), t: f32(n, 1), c: f32(n, 2) }, state: avals }, ({ feeds, state: p }) => ({
    fetches: { v: velocity(p, feeds) },
  }));
  const state = await engine.state(parameters);
  const executable = await engine.compile(graph, { state });
  try {
    return await work(async (x, t) => {
      const times = array(new Float32Array(n).fill(t), [n, 1]);
      const { v } = (await executable.run({ x: array(Float32Array.from(x), [n, 2]), t: times, c })) as { v: NDArray };
      return Float64Array.from(v.data);
    });
  } finally {
    await executable.dispose();
    await state.dispose();
  }
}
