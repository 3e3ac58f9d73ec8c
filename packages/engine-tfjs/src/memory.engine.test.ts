import {
  array,
  f32,
  grad,
  key,
  layerNorm,
  mapNamed,
  mean,
  split,
  square,
  type Tensor,
  tanh,
  topK,
  trace,
  zeros,
} from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { backends, on } from "../test/backends.ts";
import { tfjsEngine } from "./index.ts";

const avals = { w: f32(6, 8), v: f32(4, 2), "m/w": f32(6, 8), "m/v": f32(4, 2), seen: f32(5, 6) };

/** Momentum on two layers; x is fetched as it came, and one state entry takes the old value of another. */
const step = trace(
  {
    feeds: { x: f32(5, 6), y: f32(5, 2), unread: f32(3) },
    state: avals,
  },
  ({ feeds: { x, y }, state }) => {
    const { w, v } = state;
    const [a, b] = split(layerNorm(tanh(x.matmul(w)), 1e-6), 2, 1) as [Tensor, Tensor];
    const loss = mean(square(a.mul(b).matmul(v).sub(y)));
    const g = grad(loss, { w, v });
    const [mw, mv] = [state["m/w"].mul(0.9).add(g.w), state["m/v"].mul(0.9).add(g.v)];
    return {
      fetches: { loss, x, old: w, best: topK(a, 1).values },
      nextState: { w: w.sub(mw.mul(0.1)), v: v.sub(mv.mul(0.1)), "m/w": mw, "m/v": mv, seen: x },
    };
  },
);

const feeds = (i: number) => ({
  x: key(1).split(i).normal([5, 6]),
  y: key(2).split(i).normal([5, 2]),
  unread: array([1, 2, 3]),
});

describe.each(backends)("memory on %s", (backend) => {
  it("does not grow over 1,000 train steps, and is given back at the end", async () => {
    const tf = await on(backend);
    const before = tf.memory();
    const engine = await tfjsEngine({ tf });
    const initial = Object.entries(avals).map(([name, { shape }]) => [name, key(0).split(name).normal(shape)] as const);
    const state = await engine.state({ ...Object.fromEntries(initial), "m/w": zeros([6, 8]), "m/v": zeros([4, 2]) });
    const train = await engine.compile(step, { state });
    const losses: number[] = [];
    await train.run(feeds(0));
    const { numTensors, numBytes, numDataBuffers } = tf.memory();
    for (let i = 0; i < 1000; i++) {
      const { loss } = await train.run(feeds(0));
      losses.push(loss?.data[0] as number);
      expect(tf.memory()).toMatchObject({ numTensors, numBytes, numDataBuffers });
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2);
    await train.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors + Object.keys(state.avals).length);
    await state.dispose();
    expect(tf.memory()).toEqual(before);
  });

  it("is given back after a loop, a failed run and the end of the engine", async () => {
    const tf = await on(backend);
    const before = tf.memory();
    const engine = await tfjsEngine({ tf });
    const state = await engine.state(mapNamed(avals, (a) => zeros(a.shape)));
    const loop = await engine.compile(step, { state, loop: { steps: 3, perStep: [] } });
    const held = tf.memory();
    expect((await loop.run(feeds(0))).loss?.shape).toEqual([3]);
    expect(tf.memory()).toEqual(held);
    const bent = trace({ feeds: { x: f32(4, 2) }, state: { w: f32(6, 8) } }, (inputs) => ({
      fetches: { y: tanh(inputs.feeds.x.mul(2)) },
      nextState: { w: inputs.state.w.add(1) },
    }));
    const bend = await engine.compile(bent, { state });
    const more = tf.memory();
    const kernel = tf.getKernel("Tanh", backend);
    tf.unregisterKernel("Tanh", backend);
    const kernelFunc = (): never => {
      throw new RangeError("a kernel that fails");
    };
    tf.registerKernel({ ...kernel, kernelFunc });
    await expect(bend.run({ x: zeros([4, 2]) })).rejects.toMatchObject({ code: "ENGINE" });
    tf.unregisterKernel("Tanh", backend);
    tf.registerKernel(kernel);
    expect(tf.memory()).toEqual(more);
    await engine.dispose();
    expect(tf.memory()).toEqual(before);
  });
});
