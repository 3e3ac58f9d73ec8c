import "@gmem/testing";
import { describe, expect, it } from "vitest";
import {
  array,
  broadcast,
  concat,
  constant,
  conv2d,
  evaluate,
  exp,
  f32,
  gather,
  grad,
  i32,
  key,
  layerNorm,
  type NDArray,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  reachable,
  slice,
  split,
  sum,
  type Tensor,
  topK,
  trace,
  upsampleNearest,
  where,
  withVjp,
} from "./index.ts";

const program = (f: (x: Tensor) => Tensor, x: NDArray): NDArray => {
  const graph = trace({ feeds: { x } }, ({ feeds }) => ({ fetches: { y: f(feeds.x) } }));
  return evaluate(graph, { x }).fetches.y as NDArray;
};
const traced = (f: (x: Tensor, i: Tensor) => Tensor) => (): unknown =>
  trace({ feeds: { x: f32(2, 3), i: i32(2) } }, ({ feeds }) => ({ fetches: { y: f(feeds.x, feeds.i) } }));

describe("trace", () => {
  it("keeps what results need, in execution order", () => {
    const graph = trace({ feeds: { x: f32(2), unused: f32(3) } }, ({ feeds: { x } }) => {
      exp(x);
      return { fetches: { y: x.add(1) } };
    });
    expect(graph.nodes.map((node) => node.op)).toEqual(["input", "constant", "add"]);
    expect(Object.keys(graph.feeds)).toEqual(["x", "unused"]);
  });

  it("refuses a next state that is not in the state, or of another shape", () => {
    const make = (name: string, shape: readonly number[]) => () =>
      trace({ feeds: {}, state: { w: f32(2) } }, ({ state }) => ({
        fetches: {},
        nextState: { [name]: broadcast(state.w, shape) },
      }));
    expect(make("v", [2])).toThrow('trace: nextState must name entries of state, got "v"');
    expect(make("w", [3, 2])).toThrow('trace: nextState "w" must keep f32 [2], got f32 [3,2]');
  });

  it("refuses the inputs of another trace", () => {
    let stray: Tensor | undefined;
    trace({ feeds: { other: f32(2) } }, ({ feeds }) => {
      stray = feeds.other;
      return { fetches: {} };
    });
    expect(traced(() => stray as Tensor)).toThrow(
      'trace: a program may only use its own inputs, got "other" of another trace',
    );
  });

  it("finds what a deep graph needs without recursion", () => {
    let h = constant(array([1], []));
    for (let i = 0; i < 20_000; i++) h = exp(h);
    expect(reachable([h])).toHaveLength(20_001);
  });
});

describe("operations check their operands", () => {
  const numbers = (x: Tensor): Tensor => constant(array([1, 2], [2], x.dtype === "f32" ? "i32" : "f32"));
  it.each<readonly [string, string, (x: Tensor, i: Tensor) => Tensor]>([
    ["broadcasting", "add: shapes must broadcast, got [2,3] and [2]", (x) => x.add(constant(array([1, 2])))],
    ["types", "add: operands must have one type, got f32 and i32", (x) => x.add(numbers(x))],
    ["matmul", "matmul: inner sizes must agree, got [2,3] and [2,3]", (x) => x.matmul(x)],
    ["matmul of vectors", "matmul: operands need two axes or more, got [6] and [2,3]", (x) => x.reshape([6]).matmul(x)],
    ["reshape", "reshape: must keep the size, to [4], got [2,3]", (x) => x.reshape([4])],
    ["transpose", "transpose: [0,0] must order every axis, got [2,3]", (x) => x.transpose([0, 0])],
    ["slice", "slice: 1…4 must be inside axis 1, got [2,3]", (x) => slice(x, 1, [1, 4])],
    ["split", "split: axis 1 must divide into 2 equal parts, got [2,3]", (x) => split(x, 2, 1)[0] as Tensor],
    ["concat", "concat: axes other than 0 must agree, got [2,3] and [3,2]", (x) => concat([x, x.reshape([3, 2])], 0)],
    ["pad", "pad: needs a non-negative pair for every axis, got [2,3]", (x) => pad(x, [[1, 1]])],
    ["axes", "reduceSum: axes [2] must be in the shape, got [2,3]", (x) => sum(x, { axes: [2] })],
    ["indices", "gather: indices must be i32, got f32", (x) => gather(x, x)],
    ["where", "where: the condition must be bool, got f32", (x) => where(x, x, x)],
    ["floats", "element-wise: needs a float tensor, got i32", (_, i) => exp(i)],
    ["top k", "topK: k = 4 must fit the last axis, got [2,3]", (x) => topK(x, 4).values],
    ["last axis", "layerNorm: axis -1 must be in the shape, got []", (x) => layerNorm(sum(x), 1e-6)],
    [
      "convolution",
      "conv2d: needs x [N,C,H,W] and weight [O,C/groups,kh,kw], got [2,3] and [2,3]",
      (x) => conv2d(x, x),
    ],
    ["loss", "grad: the loss must be a scalar, got [2,3]", (x) => grad(x, { x }).x],
  ])("%s", (_, message, f) => {
    expect(traced(f)).toThrow(message);
  });
});

describe("image operations", () => {
  const image = key(1).normal([2, 4, 3, 2]);
  it("pixelUnshuffle undoes pixelShuffle, whose offsets follow PyTorch's order", () => {
    expect(program((x) => pixelUnshuffle(pixelShuffle(x, 2), 2), image)).toBeAllclose(image);
    const channels = array([1, 2, 3, 4], [1, 4, 1, 1]);
    expect(program((x) => pixelShuffle(x, 2), channels)).toBeAllclose(array([1, 2, 3, 4], [1, 1, 2, 2]));
  });

  it("upsampleNearest repeats each pixel", () => {
    const x = array([1, 2], [1, 1, 1, 2]);
    expect(program((t) => upsampleNearest(t, 2), x)).toBeAllclose(array([1, 1, 2, 2, 1, 1, 2, 2], [1, 1, 2, 4]));
  });
});

describe("withVjp", () => {
  it("replaces the gradient and leaves the value", () => {
    const x = array([1, 2]);
    const scaled = (t: Tensor): Tensor => withVjp(exp(t), [t], (dy) => [dy.mul(5)]);
    expect(program(scaled, x)).toBeAllclose([Math.E, Math.E ** 2]);
    expect(program((t) => grad(sum(scaled(t)), { t }).t, x)).toBeAllclose([5, 5]);
  });

  it("gives zeros to what the loss does not depend on", () => {
    expect(program((t) => grad(constant(array([1], [])), { t }).t, array([1, 2]))).toBeAllclose([0, 0]);
  });
});
