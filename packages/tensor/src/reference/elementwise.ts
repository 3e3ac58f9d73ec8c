import type { DType } from "../aval.ts";
import { sameShape, sizeOf } from "../aval.ts";
import { DTypeError } from "../errors.ts";
import type { ElementwiseOp, OpName } from "../op.ts";
import { erf } from "./erf.ts";
import { type Kernel, operand, positions, shapeOf, type Value } from "./kernel.ts";

const unary =
  <O extends OpName>(f: (x: number) => number): Kernel<O> =>
  (_, inputs) => [operand(inputs, 0).data.map(f)];

/** Applies f to operands that broadcast together. */
const binary =
  <O extends OpName>(f: (a: number, b: number) => number): Kernel<O> =>
  (node, inputs) => {
    const shape = shapeOf(node);
    const [a, b] = [spread(operand(inputs, 0), shape), operand(inputs, 1)];
    const out = new Float64Array(a.length);
    if (b.data.length === 1) {
      const [y] = b.data as unknown as [number];
      for (let i = 0; i < out.length; i++) out[i] = f(a[i] as number, y);
    } else {
      const all = spread(b, shape);
      for (let i = 0; i < out.length; i++) out[i] = f(a[i] as number, all[i] as number);
    }
    return [out];
  };

/** The operand with its axes repeated until it has the shape. */
export function spread(x: Value, shape: readonly number[]): Float64Array {
  if (sameShape(x.shape, shape)) return x.data;
  if (x.data.length === 1) return new Float64Array(sizeOf(shape)).fill(x.data[0] as number);
  const from = positions(x.shape, shape);
  return Float64Array.from(from, (at) => x.data[at] as number);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const gelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const same: Kernel<"stopGradient" | "after"> = (_, inputs) => [operand(inputs, 0).data];

/** Values of one element type; integers are cut towards zero, as in C. */
export function converted(data: Float64Array, dtype: DType): Float64Array {
  switch (dtype) {
    case "f64":
      return data;
    case "f32":
      return new Float64Array(new Float32Array(data));
    case "i32":
      return data.map((x) => Math.trunc(x) | 0);
    case "bool":
      return data.map((x) => (x === 0 ? 0 : 1));
    default:
      throw new DTypeError("reference", "computes with f32, f64, i32 and bool; keep f16 for storage", dtype);
  }
}

export const elementwise: { readonly [O in ElementwiseOp]: Kernel<O> } = {
  neg: unary((x) => -x),
  abs: unary(Math.abs),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  reciprocal: unary((x) => 1 / x),
  tanh: unary(Math.tanh),
  erf: unary(erf),
  sigmoid: unary(sigmoid),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  gelu: unary(gelu),
  stopGradient: same,
  after: same,
  // a float stays as precise as it is: rounding to f32 happens when a result leaves the interpreter
  cast: (node, inputs) => {
    const { data } = operand(inputs, 0);
    return [node.attrs.dtype === "f32" ? data : converted(data, node.attrs.dtype)];
  },
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: (node, inputs) => {
    const [quotient] = binary<"div">((a, b) => a / b)(node, inputs) as readonly [Float64Array];
    return [operand(inputs, 0).dtype === "i32" ? converted(quotient, "i32") : quotient];
  },
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  less: binary((a, b) => (a < b ? 1 : 0)),
  greater: binary((a, b) => (a > b ? 1 : 0)),
  equal: binary((a, b) => (a === b ? 1 : 0)),
  where: (node, inputs) => {
    const shape = shapeOf(node);
    const [condition, a, b] = [0, 1, 2].map((i) => spread(operand(inputs, i), shape)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return [a.map((x, i) => (condition[i] !== 0 ? x : (b[i] as number)))];
  },
};
