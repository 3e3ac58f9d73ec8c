import * as ops from "@gmem/tensor";
import {
  array,
  cast,
  constant,
  grad,
  type OpName,
  recomputed,
  stopGradient,
  sum,
  type Tensor,
  where,
} from "@gmem/tensor";
import { convCases } from "./conv-cases.ts";
import { layoutCases } from "./layout-cases.ts";
import type { OpCase } from "./op-case.ts";
import { spread } from "./spread.ts";

type Unary = (x: Tensor) => Tensor;

const unary = (f: Unary, low = -2, high = 2): readonly OpCase[] => [
  { name: "[2,3]", inputs: [spread([2, 3], low, high)], build: f },
  { name: "scalar", inputs: [spread([], low, high)], build: f },
];

const binary = (f: (a: Tensor, b: Tensor) => Tensor, flat = false): readonly OpCase[] => [
  { name: "[2,3] and [2,3]", inputs: [spread([2, 3]), spread([2, 3], 0.5, 1.9)], build: f, flat },
  { name: "[2,1,3] and [4,1]", inputs: [spread([2, 1, 3]), spread([4, 1], 0.5, 1.9)], build: f, flat },
  { name: "[3] and a number", inputs: [spread([3])], build: (a) => f(a, constant(array([0.75], []))), flat },
];

const asNumbers =
  (f: (a: Tensor, b: Tensor) => Tensor) =>
  (a: Tensor, b: Tensor): Tensor =>
    cast(f(a, b), "f32");

const matmul = (
  a: readonly number[],
  b: readonly number[],
  options: { transposeA?: boolean; transposeB?: boolean; alpha?: number } = {},
): OpCase => ({
  name: `[${a}]${options.transposeA ? "ᵀ" : ""} × [${b}]${options.transposeB ? "ᵀ" : ""}`,
  inputs: [spread(a), spread(b, -1, 1.5)],
  build: (x, y) => x.matmul(y, options),
});

const reduction = (f: (x: Tensor, options?: ops.ReduceOptions) => Tensor): readonly OpCase[] => [
  { name: "all axes", inputs: [spread([2, 3])], build: (x) => f(x) },
  { name: "last axis, kept", inputs: [spread([2, 3, 4])], build: (x) => f(x, { axes: [-1], keepDims: true }) },
  { name: "first and last", inputs: [spread([2, 3, 4])], build: (x) => f(x, { axes: [0, 2] }) },
];

const rows = array([2, 0, 2, 1], [2, 2], "i32");

/** Small graphs for every operation: engines are held against the reference on them, gradients against differences. */
export const opCases: { readonly [O in OpName]: readonly OpCase[] } = {
  input: [{ name: "fetched as it is", inputs: [spread([2, 2])], build: (x) => x }],
  constant: [
    { name: "f32", inputs: [spread([2, 3])], build: (x) => x.mul(constant(spread([3], 0.5, 2))) },
    { name: "large", inputs: [spread([40])], build: (x) => x.mul(constant(spread([3, 40]))) },
  ],
  neg: unary(ops.neg),
  abs: unary(ops.abs),
  exp: unary(ops.exp),
  log: unary(ops.log, 0.2, 3),
  sqrt: unary(ops.sqrt, 0.2, 3),
  reciprocal: unary(ops.reciprocal, 0.3, 3),
  tanh: unary(ops.tanh),
  erf: unary(ops.erf, -3, 3),
  sigmoid: unary(ops.sigmoid),
  sin: unary(ops.sin),
  cos: unary(ops.cos),
  gelu: unary(ops.gelu, -3, 3),
  stopGradient: [{ name: "[2,3]", inputs: [spread([2, 3])], build: stopGradient, flat: true }],
  after: [
    {
      name: "gradient of a recomputed block",
      inputs: [spread([3])],
      build: (x) => grad(sum(recomputed((h) => ops.tanh(h).mul(h), x)), { x }).x,
    },
  ],
  cast: [
    {
      name: "f32 → i32 → f32 cuts towards zero",
      inputs: [spread([8], -4, 4)],
      build: (x) => cast(cast(x, "i32"), "f32"),
      flat: true,
    },
    { name: "i32 → f32", inputs: [rows, spread([2, 2])], build: (i, x) => cast(i, "f32").mul(x) },
    { name: "bool → f32", inputs: [spread([5])], build: (x) => cast(ops.greater(x, 0), "f32"), flat: true },
  ],
  add: binary((a, b) => a.add(b)),
  sub: binary((a, b) => a.sub(b)),
  mul: binary((a, b) => a.mul(b)),
  div: binary((a, b) => a.div(b)),
  maximum: binary(ops.maximum),
  minimum: binary(ops.minimum),
  less: binary(asNumbers(ops.less), true),
  greater: binary(asNumbers(ops.greater), true),
  equal: binary(asNumbers(ops.equal), true),
  where: [
    {
      name: "[2,3]",
      inputs: [spread([2, 3]), spread([2, 3])],
      build: (a, b) => where(ops.greater(a, 0.1), a.mul(2), b),
    },
    { name: "broadcast", inputs: [spread([2, 1]), spread([3])], build: (a, b) => where(ops.less(b, 0.1), a, b) },
  ],
  matmul: [
    matmul([3, 4], [4, 2], { alpha: 0.5 }),
    matmul([4, 3], [4, 2], { transposeA: true }),
    matmul([3, 4], [2, 4], { transposeB: true, alpha: -2 }),
    matmul([4, 3], [2, 4], { transposeA: true, transposeB: true, alpha: 0.5 }),
    matmul([2, 3, 4], [4, 5]),
    matmul([2, 3, 4], [5, 4], { transposeB: true, alpha: 0.25 }),
    matmul([2, 4, 3], [4, 5], { transposeA: true }),
    matmul([2, 4, 3], [5, 4], { transposeA: true, transposeB: true }),
    matmul([3, 4], [2, 4, 2]),
    matmul([2, 1, 3, 4], [5, 4, 2]),
    matmul([2, 1, 4, 3], [5, 2, 4], { transposeA: true, transposeB: true, alpha: 2 }),
  ],
  ...layoutCases,
  reduceSum: reduction(ops.sum),
  reduceMean: reduction(ops.mean),
  reduceMax: reduction(ops.max),
  reduceSumSquare: reduction(ops.sumSquare),
  gather: [
    { name: "rows by [2,2]", inputs: [spread([3, 4]), rows], build: ops.gather },
    { name: "numbers by [3]", inputs: [spread([5]), array([4, 0, 4], [3], "i32")], build: ops.gather },
  ],
  scatterAdd: [
    { name: "rows by [2,2], some twice", inputs: [rows, spread([2, 2, 3])], build: (i, x) => ops.scatterAdd(i, x, 4) },
    { name: "numbers", inputs: [array([1, 1], [2], "i32"), spread([2])], build: (i, x) => ops.scatterAdd(i, x, 3) },
  ],
  softmax: [
    { name: "[2,5]", inputs: [spread([2, 5])], build: ops.softmax },
    { name: "large numbers", inputs: [spread([2, 3, 4], 990, 995)], build: ops.softmax },
  ],
  layerNorm: [{ name: "[2,3,5]", inputs: [spread([2, 3, 5])], build: (x) => ops.layerNorm(x, 1e-6) }],
  ...convCases,
  topK: [
    {
      name: "values and indices",
      inputs: [spread([2, 6])],
      build: (x) => {
        const { values, indices } = ops.topK(x, 3);
        return [values, cast(indices, "f32")];
      },
      flat: true,
    },
    {
      name: "equal values: the lower index first",
      inputs: [array([1, 2, 2, 1, 2, 0], [2, 3])],
      build: (x) => cast(ops.topK(x, 2).indices, "f32"),
      flat: true,
    },
  ],
  argMax: [
    { name: "[3,5]", inputs: [spread([3, 5])], build: (x) => cast(ops.argMax(x), "f32"), flat: true },
    {
      name: "the first among equals",
      inputs: [array([1, 3, 3], [3])],
      build: (x) => cast(ops.argMax(x), "f32"),
      flat: true,
    },
  ],
};
