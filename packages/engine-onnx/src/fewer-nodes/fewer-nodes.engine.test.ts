import {
  array,
  evaluate,
  f32,
  type Graph,
  gelu,
  grad,
  key,
  layerNorm,
  less,
  loopFeeds,
  mapNamed,
  type Named,
  type NDArray,
  scalar,
  silu,
  simplify,
  softmax,
  split,
  sqrt,
  square,
  sum,
  sumSquare,
  type Tensor,
  trace,
  where,
} from "@gmem/tensor";
import "@gmem/testing";
import ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { nodeCount } from "../index.ts";
import { loopProgram } from "../loop-program.ts";
import { profiles } from "../profile.ts";
import { engineNaming as naming, runProgram } from "../program.ts";
import { fewerNodes } from "./fewer-nodes.ts";

const [n, t, d] = [2, 3, 4];
const blocks = [0, 1, 2];
const parameters: Named<{ readonly dtype: "f32"; readonly shape: readonly number[] }> = {
  "in.weight": f32(d, 5),
  "in.bias": f32(d),
  ...Object.assign(
    {},
    ...blocks.map((i) => ({
      [`${i}.ada.weight`]: f32(4 * d, d),
      [`${i}.ada.bias`]: f32(4 * d),
      [`${i}.one.weight`]: f32(2 * d, d),
      [`${i}.one.bias`]: f32(2 * d),
      [`${i}.two.weight`]: f32(d, 2 * d),
      [`${i}.two.bias`]: f32(d),
    })),
  ),
};

const linear = (p: Named<Tensor>, at: string, x: Tensor): Tensor =>
  x.matmul(p[`${at}.weight`] as Tensor, { transposeB: true }).add(p[`${at}.bias`] as Tensor);

/** Blocks that are conditioned as those of a DiT, with attention that has no weights of its own. */
function lossOf(p: Named<Tensor>, x: Tensor, c: Tensor): Tensor {
  let h = linear(p, "in", x); // [N,T,D]
  for (const i of blocks) {
    const parts = split(linear(p, `${i}.ada`, silu(c)).reshape([n, 1, 4 * d]), 4, 2);
    const [shift, scale, gate, other] = parts as [Tensor, Tensor, Tensor, Tensor]; // [N,1,D]
    const y = layerNorm(h, 1e-6).mul(scale.add(1)).add(shift);
    const weights = softmax(y.matmul(h, { transposeB: true, alpha: 0.5 })); // [N,T,T]
    h = h.add(weights.matmul(h).mul(other.add(1)));
    h = h.add(gate.mul(linear(p, `${i}.two`, gelu(linear(p, `${i}.one`, y)))));
  }
  return sum(square(h));
}

/** A step of clipped gradients with momentum and an average, which changes nothing where the norm is not finite. */
const step: Graph = trace(
  {
    feeds: { x: f32(n, t, 5), c: f32(n, d), rate: f32() },
    state: Object.assign(
      { "model/frozen": f32(d) },
      ...Object.entries(parameters).map(([name, aval]) => ({
        [`model/${name}`]: aval,
        [`m/${name}`]: aval,
        [`ema/${name}`]: aval,
      })),
    ) as Named<(typeof parameters)[string]>,
  },
  ({ feeds, state }) => {
    const p = mapNamed(parameters, (_, name) => state[`model/${name}`] as Tensor);
    const loss = lossOf(p, feeds.x.add(sum(state["model/frozen"] as Tensor)), feeds.c);
    const grads = grad(loss, p);
    const norm = sqrt(Object.values(grads).reduce((total, g) => total.add(sumSquare(g)), scalar(0)));
    const finite = less(norm, 1e30);
    const unlessSkipped = (value: Tensor, otherwise: number): Tensor => where(finite, value, scalar(otherwise));
    const [keep, lr] = [unlessSkipped(scalar(0.9), 1), unlessSkipped(scalar(0.1), 0)];
    const rate = unlessSkipped(feeds.rate.div(norm), 0);
    const next: Record<string, Tensor> = {};
    for (const [name, g] of Object.entries(grads)) {
      const m = (state[`m/${name}`] as Tensor).mul(keep).add(unlessSkipped(g, 0).mul(rate));
      next[`m/${name}`] = m;
      next[`model/${name}`] = (p[name] as Tensor).sub(m.mul(lr));
      const e = state[`ema/${name}`] as Tensor;
      next[`ema/${name}`] = e.add((next[`model/${name}`] as Tensor).sub(e).mul(lr));
    }
    return { fetches: { loss, norm }, nextState: next };
  },
);

const drawn = (avals: Named<{ readonly shape: readonly number[] }>, seed: number): Record<string, NDArray> =>
  mapNamed(avals, ({ shape }, name) => key(seed).split(name).normal(shape)) as Record<string, NDArray>;

/** The results of a model on onnxruntime's CPU, by their names in the graph. */
async function run(model: Uint8Array, feeds: Named<NDArray>, state: Named<NDArray>) {
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: "basic", logSeverityLevel: 3 });
  const inputs: Record<string, ort.Tensor> = {};
  const add = (name: string, { data, shape }: NDArray): void => {
    inputs[name] = new ort.Tensor("float32", data as Float32Array, shape);
  };
  for (const [name, value] of Object.entries(feeds)) add(naming.feed(name), value);
  for (const [name, value] of Object.entries(state)) add(naming.state(name), value);
  const results = await session.run(inputs, session.outputNames);
  await session.release();
  return mapNamed(results as Named<ort.Tensor>, ({ data, dims }) => array(Array.from(data as Float32Array), [...dims]));
}

const withoutFrozen = ({ "model/frozen": _, ...moved }: Named<NDArray>): Named<NDArray> => moved;

const close = { atol: 1e-5, rtol: 1e-4 };

describe("a step for a device where nodes are dear", () => {
  const { packs } = fewerNodes(simplify(step));

  it("holds each parameter and what is kept about it in arrays with those of the same rows", () => {
    const members = packs.filter(({ members }) => members.some(({ name }) => name.startsWith("model/")));
    const names = members.map((pack) => pack.members.map(({ name }) => name.slice("model/".length)).sort());
    const matrices = blocks.flatMap((i) => [`${i}.ada.weight`, `${i}.one.weight`]).sort();
    expect(names).toContainEqual(matrices);
    expect(names).toContainEqual(blocks.map((i) => `${i}.two.weight`));
    expect(names.flat().sort()).toEqual(Object.keys(parameters).sort());
  });

  it("has fewer nodes than for the CPU, and in a loop fewer still, where packing is outside", () => {
    const loop = { steps: 3, perStep: ["x"] };
    const [plain, few] = [nodeCount(step), nodeCount(step, { device: "webgpu" })];
    expect(few).toBeLessThan(plain);
    expect(nodeCount(step, { device: "webgpu", loop })).toBeLessThan(few);
  });

  it.each([0.1, Number.POSITIVE_INFINITY])("makes the reference's step, of inputs times %d", async (size) => {
    const state = drawn(step.state, 1);
    const { x, c } = drawn(step.feeds, 2) as { x: NDArray; c: NDArray };
    const feeds = {
      x: array(
        Array.from(x.data, (v) => Number(v) * size),
        x.shape,
      ),
      c,
      rate: array([0.1], []),
    };
    const got = await run(runProgram(simplify(step), profiles.webgpu), feeds, state);
    const wanted = evaluate(step, feeds, state);
    for (const [name, value] of Object.entries(Number.isFinite(size) ? wanted.nextState : withoutFrozen(state)))
      expect(got[naming.next(name)], name).toBeAllclose(value, close);
    if (Number.isFinite(size))
      for (const [name, value] of Object.entries(wanted.fetches))
        expect(got[naming.fetch(name)], name).toBeAllclose(value, close);
  });

  it("makes three steps in a loop as one after the other", async () => {
    const loop = { steps: 3, perStep: ["x"] };
    const feeds = { ...drawn(loopFeeds(step, loop), 3), rate: array([0.1], []) };
    let state: Named<NDArray> = drawn(step.state, 1);
    const got = await run(loopProgram(simplify(step), profiles.webgpu, loop), feeds, state);
    const { x } = feeds as unknown as { x: NDArray };
    const losses: number[] = [];
    for (let i = 0; i < 3; i++) {
      const row = { ...x, shape: [n, t, 5], data: x.data.slice(i * n * t * 5, (i + 1) * n * t * 5) } as NDArray;
      const { fetches, nextState } = evaluate(step, { ...feeds, x: row }, state);
      losses.push(fetches.loss?.data[0] as number);
      state = { ...state, ...nextState };
    }
    expect(got[naming.fetch("loss")]).toBeAllclose(array(losses), close);
    for (const name of Object.keys(step.nextState))
      expect(got[naming.next(name)], name).toBeAllclose(state[name] as NDArray, close);
  });
});
