import "@gmem/testing";
import { opCases } from "@gmem/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  array,
  broadcast,
  cast,
  concat,
  constant,
  evaluate,
  exp,
  f32,
  type Graph,
  key,
  max,
  maximum,
  type NDArray,
  neg,
  sigmoid,
  simplify,
  slice,
  softmax,
  split,
  stopGradient,
  sum,
  type Tensor,
  tanh,
  trace,
  where,
} from "./index.ts";

/** A step of a random program: picks two earlier values and an operation that keeps [4,4]. */
type Step = readonly [operation: number, a: number, b: number];
const operations: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.add(b),
  (a, b) => a.sub(b),
  (a, b) => a.mul(b),
  (a) => a.mul(1).add(0),
  (a) => neg(neg(a)),
  (a) => tanh(a),
  (a) =>
    sigmoid(a.reshape([2, 8]))
      .reshape([16])
      .reshape([4, 4]),
  (a) => a.transpose([1, 0]),
  (a, b) => a.matmul(b, { transposeB: true, alpha: 0.25 }),
  (a, b) => maximum(a, b),
  (a) => softmax(stopGradient(a)),
  (a) => a.sub(max(a, { axes: [-1], keepDims: true })),
  (a) => broadcast(sum(a, { axes: [0] }), [4, 4]).div(4),
  (a, b) => concat([slice(a, 0, [0, 2]), split(b, 2, 0)[1] as Tensor], 0),
  (a) =>
    a.mul(
      constant(array([2, 3], [2]))
        .mul(2)
        .reshape([1, 2])
        .matmul(constant(array([1, 1], [2, 1]))),
    ),
  // never near a whole number, where rounding to f32 on the way would decide
  (a) => cast(cast(tanh(a).mul(0.4).add(1.5), "i32"), "f32"),
];

const dag = fc.array(fc.tuple(fc.nat(operations.length - 1), fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 25 });

function build(steps: readonly Step[]): Graph {
  return trace({ feeds: { x: f32(4, 4), y: f32(4, 4) } }, ({ feeds }) => {
    const values: Tensor[] = [feeds.x, feeds.y, constant(key(3).normal([4, 4]))];
    for (const [operation, a, b] of steps) {
      const pick = (i: number): Tensor => values[i % values.length] as Tensor;
      values.push((operations[operation] as (a: Tensor, b: Tensor) => Tensor)(pick(a), pick(b)));
    }
    return { fetches: { last: values.at(-1) as Tensor, middle: values[values.length >> 1] as Tensor } };
  });
}

const opsOf = (f: (x: Tensor) => Tensor): readonly string[] =>
  simplify(trace({ feeds: { x: f32(2, 3) } }, ({ feeds }) => ({ fetches: { y: f(feeds.x) } }))).nodes.map(
    (node) => node.op,
  );

describe("simplify", () => {
  it("keeps the values of random programs, and never makes them longer", () => {
    const feeds = { x: key(1).normal([4, 4]), y: key(2).normal([4, 4]) };
    fc.assert(
      fc.property(dag, (steps) => {
        const graph = build(steps);
        const simple = simplify(graph);
        const want = evaluate(graph, feeds).fetches;
        for (const [name, value] of Object.entries(evaluate(simple, feeds).fetches))
          expect(value).toBeAllclose(want[name] as NDArray, { atol: 1e-4, rtol: 1e-4, equalNan: true });
        expect(simple.nodes.length).toBeLessThanOrEqual(graph.nodes.length);
        expect(simplify(simple).nodes).toHaveLength(simple.nodes.length);
      }),
      { numRuns: 200 },
    );
  });

  it("folds every operation of constants to what the operation gives", () => {
    for (const example of Object.values(opCases).flat()) {
      const graph = trace({ feeds: {} }, () => {
        const out = example.build(...example.inputs.map(constant));
        return { fetches: Object.fromEntries(("node" in out ? [out] : out).map((part, i) => [`y${i}`, part])) };
      });
      const want = evaluate(graph, {}).fetches;
      for (const [name, value] of Object.entries(evaluate(simplify(graph), {}).fetches)) {
        expect(value.dtype).toBe(want[name]?.dtype);
        expect(value).toBeAllclose(want[name] as NDArray, { atol: 1e-5, rtol: 1e-5 });
      }
    }
  });

  it.each<readonly [string, readonly string[], (x: Tensor) => Tensor]>([
    ["common subexpressions", ["input", "exp", "add"], (x) => exp(x).add(exp(x))],
    ["equal constants", ["input", "constant", "mul", "mul"], (x) => x.mul(3).mul(3)],
    [
      "constants",
      ["input", "constant", "add"],
      (x) =>
        x.add(
          constant(array([2], []))
            .mul(3)
            .add(1),
        ),
    ],
    ["neutral elements", ["input"], (x) => x.mul(1).add(0).sub(0).div(1)],
    ["double negation", ["input"], (x) => neg(neg(x))],
    ["reshapes in a row", ["input", "reshape"], (x) => x.reshape([6]).reshape([3, 2])],
    ["reshapes back", ["input"], (x) => x.reshape([6]).reshape([2, 3])],
    ["transpositions back", ["input"], (x) => x.transpose([1, 0]).transpose([1, 0])],
    [
      "rewritten twins",
      ["input", "reshape", "add"],
      (x) =>
        x
          .reshape([6])
          .reshape([3, 2])
          .add(x.reshape([1, 6]).reshape([3, 2])),
    ],
    ["stopGradient", ["input", "exp"], (x) => exp(stopGradient(x))],
  ])("shortens %s", (_, ops, f) => {
    expect(opsOf(f)).toEqual(ops);
  });

  it("keeps what only looks equal", () => {
    expect(opsOf((x) => x.reshape([1, 2, 3]).add(0))).toEqual(["input", "reshape"]);
    expect(opsOf((x) => sum(x).mul(constant(array([1, 1], [2]))))).toContain("mul"); // 1 that broadcasts
    expect(
      opsOf((x) => where(constant(array([1], [], "bool")), x.mul(Number.NaN), x.mul(Number.POSITIVE_INFINITY))),
    ).toHaveLength(7);
    const large = (): Tensor => constant(key(1).normal([18, 2, 3]));
    expect(opsOf((x) => x.mul(large()).add(x.mul(large())))).toHaveLength(6); // large constants: the same array or not
  });

  it("removes state updates that nothing names and keeps names", () => {
    const graph = trace({ feeds: { x: f32(2) }, state: { w: f32(2), m: f32(2) } }, ({ feeds, state }) => ({
      fetches: {},
      nextState: { w: state.w.add(feeds.x.mul(1)) },
    }));
    const simple = simplify(graph);
    expect(Object.keys(simple.nextState)).toEqual(["w"]);
    expect(Object.keys(simple.state)).toEqual(["w", "m"]);
    expect(simple.nodes.map((node) => node.op)).toEqual(["input", "input", "add"]);
  });
});
