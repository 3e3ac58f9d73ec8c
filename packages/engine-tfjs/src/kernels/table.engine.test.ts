import {
  array,
  broadcast,
  cast,
  concat,
  constant,
  conv2d,
  type Engine,
  equal,
  evaluate,
  gather,
  grad,
  greater,
  isGMemError,
  layerNorm,
  less,
  max,
  maximum,
  mean,
  type Named,
  type NDArray,
  type OpName,
  pad,
  scatterAdd,
  sizeOf,
  slice,
  split,
  sum,
  sumSquare,
  type Tensor,
  topK,
  trace,
  where,
} from "@gmem/tensor";
import { type OpCase, opCases } from "@gmem/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, on, without } from "../../test/backends.ts";
import { tfjsEngine } from "../index.ts";

const ramp = (shape: readonly number[], scale = 1): NDArray<"f32"> =>
  array(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => scale * (0.5 + Math.sin(i))),
    shape,
  );
const integers = (...values: number[]): NDArray<"i32"> => array(values, [values.length], "i32");
const bools = (...values: number[]): NDArray<"bool"> => array(values, [values.length], "bool");
const wide = [2, 1, 3, 1, 2, 1, 2, 2] as const;

/** What the conformance suite does not go into: other element types, many axes, long sums. */
const more: Readonly<Record<string, OpCase>> = {
  "i32 arithmetic keeps all digits": {
    name: "",
    inputs: [integers(-7, 2_000_000_001, 5), integers(3, 4, -5)],
    build: (a, b) => [a.add(b), a.sub(b), a.mul(b), maximum(a, b), sum(a), slice(a, 0, [1, 3])],
  },
  "i32 comparisons": {
    name: "",
    inputs: [integers(-7, 7, 5), integers(3, 4, 5)],
    build: (a, b) => [less(a, b), greater(a, b), equal(a, b), where(less(a, b), a, b)],
  },
  "bools are moved, compared and chosen": {
    name: "",
    inputs: [bools(1, 0, 1, 1, 0, 0), bools(0, 0, 1, 1, 1, 0), integers(2, 0, 2)],
    build: (a, b, i) => {
      const matrix = a.reshape([2, 3]);
      return [
        equal(a, b),
        maximum(a, b),
        where(a, b, a),
        matrix.transpose([1, 0]),
        broadcast(slice(matrix, 0, [0, 1]), [3, 3]),
        concat([a, b], 0),
        gather(a, i),
        pad(matrix, [
          [1, 0],
          [0, 2],
        ]),
        cast(a, "f32"),
        cast(a, "i32"),
      ];
    },
  },
  "numbers become bools by being unlike 0": {
    name: "",
    inputs: [array([0.5, -0.25, 0, 256]), integers(256, 0, -1)],
    build: (x, i) => [cast(x, "bool"), cast(i, "bool")],
  },
  "eight axes that broadcast both ways": {
    name: "",
    inputs: [ramp(wide), ramp([1, 2, 1, 3, 2, 2, 1, 2])],
    build: (a, b) => [a.add(b), a.add(a), a.div(b), less(a, b), where(less(a, b), a, b)],
  },
  "eight axes in reverse": {
    name: "",
    inputs: [ramp([2, 3, 2, 1, 2, 2, 3, 2])],
    build: (x) => x.transpose([7, 6, 5, 4, 3, 2, 1, 0]),
  },
  "a patch grid: six axes": {
    name: "",
    inputs: [ramp([2, 3, 2, 4, 2, 2])],
    build: (x) => x.transpose([0, 2, 4, 3, 5, 1]),
  },
  "sums of a million and of a prime number of floats": {
    name: "",
    inputs: [ramp([1 << 20], 0.1), ramp([7919, 3]), ramp([3, 2053, 2])],
    build: (a, b, c) => [mean(a), sumSquare(a), sum(b, { axes: [0] }), sum(c, { axes: [1], keepDims: true }), sum(c)],
  },
  "reductions that keep several axes": {
    name: "",
    inputs: [ramp([2, 3, 4, 5])],
    build: (x) =>
      [[0], [1], [3], [0, 2], [1, 3]].flatMap((axes) => [
        sum(x, { axes }),
        mean(x, { axes }),
        max(x, { axes, keepDims: true }),
        max(x, { axes }),
        sumSquare(x, { axes }),
      ]),
  },
  "a layer norm of wide rows": { name: "", inputs: [ramp([2, 1536], 3)], build: (x) => layerNorm(x, 1e-6) },
  "not a number, infinity": {
    name: "",
    inputs: [array([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1])],
    build: (x) => [less(x, constant(array([3e38], []))), equal(x, x), greater(x, constant(array([-3e38], [])))],
  },
  "batches that repeat on both sides": {
    name: "",
    inputs: [ramp([2, 1, 3, 4]), ramp([5, 4, 2]), ramp([1, 4, 3]), ramp([3, 2, 2, 3])],
    build: (a, b, c, d) => [
      a.matmul(b),
      a.matmul(c),
      c.matmul(c, { transposeA: true }),
      d.matmul(slice(c, 1, [0, 3]), { transposeB: true }),
    ],
  },
  "rows of wider tables, and one part": {
    name: "",
    inputs: [ramp([4, 2, 3]), array([3, 0, 3, 1], [2, 2], "i32")],
    build: (x, i) => [gather(x, i), scatterAdd(i, gather(x, i), 5), concat([x], 1), ...split(x, 1, 0)],
  },
  "the order of equal values": {
    name: "",
    inputs: [array([2, 2, 1, 2, 2, 2, 0, 2], [1, 8]), integers(5, 9, 9, 5)],
    build: (x, i) => [topK(x, 5).indices, ...Object.values(topK(i, 3))],
  },
  "grouped convolution of odd sizes": {
    name: "",
    inputs: [ramp([2, 6, 7, 5]), ramp([4, 3, 3, 2])],
    build: (x, weight) => {
      const y = conv2d(x, weight, { stride: [3, 2], padding: [2, 1, 0, 1], groups: 2 });
      return [y, ...Object.values(grad(sumSquare(y), { x, weight }))];
    },
  },
};

/** The results of a case, and the gradients of a weighted sum of them. */
function program({ inputs, build, flat }: OpCase, differentiates: boolean) {
  const feeds: Named<NDArray> = Object.fromEntries(inputs.map((x, i) => [`x${i}`, x]));
  const graph = trace({ feeds }, ({ feeds: tensors }) => {
    const results = [build(...inputs.map((_, i) => tensors[`x${i}`] as Tensor))].flat();
    const fetches: Record<string, Tensor> = Object.fromEntries(results.map((y, i) => [`y${i}`, y]));
    if (!differentiates || flat) return { fetches };
    const loss = results.map((y) => sum(cast(y, "f32").mul(constant(ramp(y.shape))))).reduce((a, b) => a.add(b));
    const floats = Object.fromEntries(Object.entries(tensors).filter(([, x]) => x.dtype === "f32"));
    for (const [name, d] of Object.entries(grad(loss, floats))) fetches[`d${name}`] = d;
    return { fetches };
  });
  return { graph, feeds };
}

async function agrees(engine: Engine, test: OpCase, differentiates: boolean): Promise<void> {
  const { graph, feeds } = program(test, differentiates);
  const executable = await engine.compile(graph);
  const got = await executable.run(feeds);
  await executable.dispose();
  for (const [name, want] of Object.entries(evaluate(graph, feeds).fetches)) {
    expect(got[name]?.dtype).toBe(want.dtype);
    expect(got[name] as NDArray).toBeAllclose(want, { atol: 1e-5, rtol: 2e-5 });
  }
}

const whole = ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter", "Erf"];

describe.each(backends)("kernels of %s", (backend) => {
  let engine: Engine;
  let bare: Engine;
  beforeAll(async () => {
    const tf = await on(backend);
    engine = await tfjsEngine({ tf });
    bare = await tfjsEngine({ tf: without(whole) });
  });

  it.each(Object.keys(opCases) as readonly OpName[])("%s: values and gradients are the reference's", async (op) => {
    for (const test of opCases[op]) await agrees(engine, test, true);
  });

  it.each(Object.keys(more))("%s", (name) => agrees(engine, more[name] as OpCase, false));

  it.each(["erf", "conv2d", "conv2dInputGrad", "conv2dWeightGrad"] as const)(
    "%s without its kernel is made of others",
    async (op) => {
      for (const test of opCases[op]) await agrees(bare, test, true);
    },
  );

  it.each<[string, OpCase["build"], NDArray]>([
    ["division of integers", (i) => i.div(i), integers(1, 2)],
    ["products of integer matrices", (i) => i.reshape([1, 2]).matmul(i.reshape([2, 1])), integers(1, 2)],
    ["sums of bools", (b) => b.add(b), bools(1, 0)],
    ["means of integers", (i) => mean(i), integers(1, 2)],
    ["float64", (x) => x, array([1], [1], "f64")],
    ["float16", (x) => cast(x, "f32"), array([1], [1], "f16")],
  ])("refuses %s when it compiles", async (_, build, x) => {
    const { graph } = program({ name: "", inputs: [x], build }, false);
    await expect(engine.compile(graph)).rejects.toSatisfy((error) => isGMemError(error, "UNSUPPORTED_OP"));
  });

  it("names the kernel that a backend lacks", async () => {
    const poor = await tfjsEngine({ tf: without(["Tanh"]) });
    const { graph } = program(opCases.tanh[0] as OpCase, false);
    await expect(poor.compile(graph)).rejects.toThrow(
      `tfjs-${backend}: no lowering for operation "tanh"; tf's backend "${backend}" has no kernel Tanh`,
    );
  });
});
