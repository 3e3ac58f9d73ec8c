import "@gmem/testing";
import { conv2d, evaluate, f32, key, mapNamed, simplify, type Tensor, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { biasFusions } from "./fuse-bias.ts";
import { onnxEngine } from "./onnx-engine.ts";

const feeds = {
  x: f32(2, 3, 4),
  a: f32(4, 5),
  w: f32(5, 4),
  b: f32(5),
  s: f32(2, 1),
  image: f32(1, 4, 6, 6),
  k: f32(5, 4, 3, 3),
};
type Feeds = { readonly [K in keyof typeof feeds]: Tensor };

const channels = ({ b }: Feeds): Tensor => b.reshape([1, 5, 1, 1]);

const cases: readonly [claim: string, fused: number, program: (at: Feeds) => Record<string, Tensor>][] = [
  ["a linear layer", 1, ({ x, w, b }) => ({ y: x.matmul(w, { transposeB: true }).add(b) })],
  ["a bias on the left of a plain product", 1, ({ x, a, b }) => ({ y: b.add(x.matmul(a)) })],
  ["a scaled product", 1, ({ x, a, b }) => ({ y: x.matmul(a, { alpha: 0.5 }).add(b) })],
  ["a convolution", 1, (at) => ({ y: conv2d(at.image, at.k, { padding: 1 }).add(channels(at)) })],
  ["one bias of two layers", 2, ({ x, a, b }) => ({ y: x.matmul(a).add(b), z: x.mul(2).matmul(a).add(b) })],
  [
    "not a product that is read again",
    0,
    ({ x, a, b }) => {
      const product = x.matmul(a);
      return { y: product.add(b).mul(product) };
    },
  ],
  [
    "not a product that is a result",
    0,
    ({ x, a, b }) => {
      const product = x.matmul(a);
      return { y: product.add(b), product };
    },
  ],
  ["not a sum of products", 0, ({ x, a }) => ({ y: x.matmul(a).add(x.mul(2).matmul(a)) })],
  ["not a bias of rows", 0, ({ w, a, b }) => ({ y: w.matmul(a).add(b.reshape([5, 1])) })],
  [
    "a bias of channels that something else reads too",
    1,
    (at) => ({ y: conv2d(at.image, at.k).add(channels(at)), z: channels(at).mul(2) }),
  ],
];

describe("a bias becomes part of the product before it", () => {
  it.each(cases)("%s (%d), with the reference's values", async (_, fused, program) => {
    const graph = simplify(trace({ feeds }, ({ feeds: at }) => ({ fetches: program(at) })));
    expect(biasFusions(graph).size).toBe(fused);
    const values = mapNamed(feeds, ({ shape }, name) => key(0).split(name).normal(shape));
    const used = Object.fromEntries(Object.entries(values).filter(([name]) => graph.feeds[name]));
    const engine = await onnxEngine({ threads: 1 });
    const results = await (await engine.compile(graph)).run(used);
    await engine.dispose();
    const wanted = evaluate(graph, used).fetches;
    expect(Object.keys(results)).toEqual(Object.keys(wanted));
    for (const [name, value] of Object.entries(wanted)) expect(results[name]).toBeAllclose(value, { atol: 1e-5 });
  });
});
