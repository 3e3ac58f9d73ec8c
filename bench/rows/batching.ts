import { setTimeout as sleep } from "node:timers/promises";
import { onnxEngine } from "@gmem/engine-onnx";
import { type BatchedRun, loadConfig, runSchema, type StepBatcher, stepBatcher } from "@gmem/runs";
import { drawSamples, heun, type Sampler, sampler } from "@gmem/samplers";
import type { Tokenizer, VelocityModel } from "@gmem/spec";
import { type Engine, key } from "@gmem/tensor";
import { network, type Size, sizes } from "../network.ts";
import { type Bench, type BenchRow, median, peakMB, quantile, round } from "../row.ts";
import { inTurns } from "../turns.ts";

interface Load {
  readonly size: Size;
  readonly slots: number;
  readonly steps: number;
  /** Pictures of a measurement, a multiple of the slots. */
  readonly pictures: number;
  /** Least ratio to one request after another. */
  readonly atLeast: number;
}

/** Pictures are latents: decoding is no part of this. */
const latents: Tokenizer = {
  name: "latents",
  latent: () => [1, 1, 1],
  encode: async (x) => x,
  decode: async (x) => x,
};

/** Steps that requests share, beside batches of equal requests and beside one request after another. */
const batching = (name: string, load: Load): Bench => ({
  name: `batching-${name}`,
  async run({ repeats = 3 }) {
    const { size, slots, steps, atLeast } = load;
    const engine = await onnxEngine({ threads: 2 });
    const model = network(size);
    const parameters = model.init(key(0));
    const state = await engine.state(parameters, { fixed: Object.keys(parameters) });
    const ready = (batchSize: number): Promise<Sampler> =>
      sampler({ engine, model, state, batchSize, solver: heun, steps });
    const [whole, single] = [await ready(slots), await ready(1)];
    const config = await loadConfig("scenes-tiny", []); // read for a DiT alone
    const run: BatchedRun = { config, engine, model, state, tokenizer: async () => latents };
    const batcher = await stepBatcher(run, { slots });
    const [offline, shared, alone]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i <= repeats; i++) {
      const batch = (await drawn(whole, { model, steps, count: 2 * slots })) / (2 * slots);
      const { each } = await arriving(batcher, load, batch / 1.25);
      const one = (await drawn(single, { model, steps, count: 2 })) / 2;
      if (i === 0) continue; // warm-up
      offline.push(batch);
      shared.push(each);
      alone.push(one);
    }
    const { joined } = await arriving(batcher, load, 2 * median(offline));
    const call = (median(offline) * slots) / (2 * steps - 1);
    await batcher.close();
    await closed(engine, [whole, single]);
    const beside = { ours: shared, unit: "ms per picture" };
    return [
      inTurns(`batching-${name}-offline`, { ...beside, peer: offline, atLeast: 0.9 }),
      inTurns(`batching-${name}-single`, { ...beside, peer: alone, atLeast }),
      waits(`batching-${name}-joining`, joined, call),
    ];
  },
});

export const batchings: readonly Bench[] = [
  batching("demo", { size: sizes.demo, slots: 8, steps: 10, pictures: 96, atLeast: 2.5 }),
  batching("d384", { size: sizes.d384, slots: 8, steps: 3, pictures: 48, atLeast: 1.1 }),
];

/** Milliseconds of a draw without a server. */
async function drawn(
  ready: Sampler,
  how: { readonly model: VelocityModel; readonly steps: number; readonly count: number },
): Promise<number> {
  const start = performance.now();
  await drawSamples(ready, { ...how, request: undefined, seed: 0 });
  return performance.now() - start;
}

/**
 * Orders of one picture each that arrive at random, `gap` milliseconds apart in the mean: milliseconds a picture while slots are
 * wanted by all, and from each order that finds a free slot to the end of the first step of its picture.
 */
async function arriving(
  batcher: StepBatcher,
  { pictures, slots, steps }: Load,
  gap: number,
): Promise<{ readonly each: number; readonly joined: readonly number[] }> {
  const settings = runSchema.shape.sampler.parse({ solver: "heun", steps });
  const gaps = key(7).uniform([pictures]).data;
  const done: number[] = [];
  const joined: number[] = [];
  const orders: Promise<unknown>[] = [];
  let at = performance.now();
  for (const [i, u] of gaps.entries()) {
    at += -gap * Math.log(1 - u);
    await sleep(Math.max(0, at - performance.now()));
    const ordered = performance.now();
    const { free, waiting } = batcher.status();
    const onStep = ({ step }: { readonly step: number }): void => {
      if (step === 1 && free > waiting) joined.push(performance.now() - ordered);
    };
    const order = batcher.draw({ request: undefined, count: 1, seed: i, settings, onStep });
    orders.push(order.then(() => done.push(performance.now())));
  }
  await Promise.all(orders);
  const [from, to] = [done[slots - 1] as number, done[pictures - slots - 1] as number];
  return { each: (to - from) / (pictures - 2 * slots), joined };
}

/** A first step of Heun is two calls, before which a newcomer waits for the rest of another's. */
function waits(name: string, joined: readonly number[], call: number): BenchRow {
  const over = joined.map((ms) => ms - 2 * call);
  const worst = quantile(over, 0.99);
  return {
    name,
    ours: round(worst),
    peer: null,
    unit: "ms before its first call, p99",
    ratio: null,
    spread: [round(quantile(over, 0.25)), round(quantile(over, 0.75))],
    oursPeakMB: Math.round(peakMB()),
    peerPeakMB: null,
    bar: `<= ${round(call + 20)} ms, a call and 20 ms`,
    ok: worst <= call + 20,
  };
}

async function closed(engine: Engine, samplers: readonly Sampler[]): Promise<void> {
  for (const one of samplers) await one.dispose();
  await engine.dispose();
}
