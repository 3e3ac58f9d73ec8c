import { type Device, nodeCount } from "@gmem/engine-onnx";
import { heun, sampler } from "@gmem/samplers";
import { type Engine, key } from "@gmem/tensor";
import { klVaeInit } from "@gmem/tokenizers/kl-vae";
import { sdVae, sdVaeF8D4 } from "@gmem/tokenizers/sd-vae";
import { compiledStep } from "../compiled-step.ts";
import { network, type Size } from "../network.ts";
import { timed } from "../pair.ts";

/** A train step. */
export interface Measured {
  /** Milliseconds of a step, median and best of its calls. */
  readonly ms: number;
  readonly best: number;
  readonly nodes: number;
  /** Seconds from nothing to the first step done. */
  readonly startSeconds: number;
}

interface StepOptions {
  readonly size: Size;
  readonly device: Device;
  readonly precision: "f32" | "f16";
  /** When there is no time left. */
  readonly end: number;
}

const perCall = 8;

/** Eight steps to a call: one to start, then at least three, up to ten seconds of them. */
export async function stepped(engine: Engine, { size, device, precision, end }: StepOptions): Promise<Measured> {
  const began = performance.now();
  const step = await compiledStep(engine, size, { steps: perCall, precision });
  try {
    await step.run(1);
    const startSeconds = (performance.now() - began) / 1000;
    const times: number[] = [];
    const enough = performance.now() + 10_000;
    for (let i = 1; times.length < 3 || (performance.now() < enough && times.length < 20); i++) {
      times.push((await timed(() => step.run(1 + i * perCall))) / perCall);
      if (Date.now() > end) break;
    }
    times.sort((a, b) => a - b);
    const loop = { steps: perCall, perStep: Object.keys(step.graph.feeds) };
    return {
      ms: times[times.length >> 1] as number,
      best: times[0] as number,
      nodes: nodeCount(step.graph, { device, loop }),
      startSeconds,
    };
  } finally {
    await step.dispose();
  }
}

/** Milliseconds of a picture's latents by Heun's method, all steps in one call, the second time. */
export async function drawn(engine: Engine, { size, steps }: { readonly size: Size; readonly steps: number }) {
  const model = network(size);
  const parameters = model.init(key(0));
  const ready = await sampler({ engine, model, parameters, batchSize: size.batch, solver: heun, steps, oneCall: true });
  try {
    const noise = key(1).normal([size.batch, size.channels, size.side, size.side]);
    const feeds = await model.conditioner.resolve(noise, model.conditioner.parse(undefined));
    let forwards = 0;
    const run = async (): Promise<void> => {
      ({ forwards } = await ready.run({ noise, feeds }));
    };
    await run();
    return { ms: (await timed(run)) / size.batch, forwards };
  } finally {
    await ready.dispose();
  }
}

/** Milliseconds of a picture through SD-VAE's decoder with drawn weights, the second time. */
export async function decoded(engine: Engine, { tiny }: { readonly tiny: boolean }) {
  const config = tiny ? { ...sdVaeF8D4, channels: 32, multipliers: [1, 1], residualBlocks: 1 } : sdVaeF8D4;
  const side = tiny ? 8 : 32;
  const tokenizer = sdVae(config, { engine, weights: klVaeInit(config, key(0)) });
  const latents = key(1).normal([1, 4, side, side]);
  let pixels = 0;
  const run = async (): Promise<void> => {
    pixels = (await tokenizer.decode(latents)).shape[2] as number;
  };
  await run();
  return { ms: await timed(run), pixels };
}
