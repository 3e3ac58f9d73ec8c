import { sit } from "@gmem/backbones/sit";
import { onnxEngine } from "@gmem/engine-onnx";
import { objective, snippetMask, velocityModel } from "@gmem/model";
import type { LatentBatch } from "@gmem/spec";
import {
  type DeviceState,
  type Engine,
  f32,
  key,
  type Named,
  type NDArray,
  type Tensor,
  takeRows,
  trace,
} from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { snippets, tinyData, tinyRun } from "../test/tiny-run.ts";
import { type Trainer, train } from "./index.ts";

const count = 8;
const side = 4;
const model = velocityModel({
  backbone: sit({ latent: [3, side, side], patchSize: 2, depth: 2, hiddenSize: 64, heads: 2 }),
  conditioner: snippets(8),
  adapter: { kind: "linear", gain: 4 },
});
const data = tinyData(count, side);
const everything = (): Promise<LatentBatch> => data.batch(Int32Array.from({ length: count }, (_, i) => i));

let engine: Engine;
beforeAll(async () => {
  engine = await onnxEngine();
});
afterAll(() => engine.dispose());

/** Euler in 20 steps from noise, reading the averaged parameters where they are. */
async function draw(parameters: DeviceState, snippets: NDArray): Promise<NDArray> {
  const graph = trace(
    { feeds: { x: f32(count, 3, side, side), t: f32(count), snippet: f32(count, 8) }, state: model.avals() },
    ({ feeds: { x, t, snippet }, state }) => {
      const c = model.condition(state, { snippet });
      return { fetches: { x: x.sub(model.velocity(state, x, t, c).velocity.mul(1 / 20)) } };
    },
  );
  const step = await engine.compile(graph, { state: parameters });
  let x: NDArray = key(11).normal([count, 3, side, side]);
  for (let i = 0; i < 20; i++) {
    const t: NDArray = { dtype: "f32", shape: [count], data: new Float32Array(count).fill(1 - i / 20) };
    x = (await step.run({ x, t, snippet: snippets })).x as NDArray;
  }
  await step.dispose();
  return x;
}

/** How many images are nearest to the training image of their own snippet. */
async function recalled(trainer: Trainer): Promise<number> {
  const { latents, snippets } = await everything();
  const images = await draw(trainer.state.scope("ema/"), snippets as NDArray);
  const size = images.data.length / count;
  const distance = (i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < size; k++)
      sum += ((images.data[i * size + k] as number) - (latents.data[j * size + k] as number)) ** 2;
    return sum;
  };
  const rows = Array.from({ length: count }, (_, i) => i);
  return rows.filter((i) => rows.every((j) => distance(i, i) <= distance(i, j))).length;
}

/** The loss over many draws with the snippets in the order given. */
async function lossWith(parameters: DeviceState, order: readonly number[]): Promise<number> {
  const plain = objective();
  const feeds = { ...plain.feeds(model, count), snippet: f32(count, 8) };
  const graph = trace({ feeds, state: model.avals() }, ({ feeds, state }) => ({
    fetches: { loss: plain.loss(model, state, feeds as Named<Tensor>).loss },
  }));
  const evaluate = await engine.compile(graph, { state: parameters });
  const batch = await everything();
  const snippet = takeRows(batch.snippets as NDArray, order);
  let sum = 0;
  for (let k = 0; k < 16; k++)
    sum += ((await evaluate.run({ ...plain.draw(model, batch, key(5).split(k)), snippet })).loss as NDArray)
      .data[0] as number;
  await evaluate.dispose();
  return sum / 16;
}

async function overfit(p: number): Promise<{ trainer: Trainer; losses: number[] }> {
  const mask = snippetMask({ p });
  const trainer = await train({
    engine,
    ...tinyRun({
      model,
      data,
      objective: objective({ mask }),
      steps: 500,
      batchSize: count,
      optimizer: { lr: 3e-3, betas: [0.9, 0.95] },
    }),
    ema: { decay: 0.99, warmup: true },
    schedule: { kind: "cosine", warmup: 20, floor: 0.05 },
  });
  const losses: number[] = [];
  for await (const { loss } of trainer) losses.push(loss);
  return { trainer, losses };
}

describe("eight images learned by heart", () => {
  it("bring the loss down to a tenth, and each snippet draws its own image", { timeout: 60_000 }, async () => {
    const { trainer, losses } = await overfit(0);
    const late = losses.slice(-50).reduce((sum, loss) => sum + loss / 50, 0);
    expect(late).toBeLessThan(0.1 * (losses[0] as number));
    expect(await recalled(trainer)).toBe(count);

    const ema = trainer.state.scope("ema/");
    const [own, shuffled] = [
      await lossWith(ema, [0, 1, 2, 3, 4, 5, 6, 7]),
      await lossWith(ema, [1, 2, 3, 4, 5, 6, 7, 0]),
    ];
    expect(shuffled).toBeGreaterThan(2 * own);
    await trainer.close();
  });

  it("are still told apart when training masks four tenths of each snippet", { timeout: 60_000 }, async () => {
    const { trainer } = await overfit(0.4);
    expect(await recalled(trainer)).toBeGreaterThanOrEqual(6);
    await trainer.close();
  });
});
