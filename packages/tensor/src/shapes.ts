import type { Aval, Shape } from "./aval.ts";
import { sizeOf } from "./aval.ts";
import { DTypeError, ShapeError } from "./errors.ts";
import type { Conv2dAttrs, OpAttrs, OpName, ReduceAttrs } from "./op.ts";

type ShapeRule<O extends OpName> = (inputs: readonly Aval[], attrs: OpAttrs[O]) => readonly Aval[];

/** The shape that operands of an element-wise operation broadcast to, as in NumPy. @throws {ShapeError} */
export function broadcastShape(where: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new ShapeError(where, "shapes must broadcast", [a, b]);
    return x === 1 ? y : x;
  });
}

const at = (inputs: readonly Aval[], i: number): Aval => inputs[i] as Aval;

const same =
  (floats = true) =>
  (inputs: readonly Aval[]): readonly Aval[] => {
    const x = at(inputs, 0);
    if (floats && x.dtype !== "f32" && x.dtype !== "f64")
      throw new DTypeError("element-wise", "needs a float tensor", x.dtype);
    return [x];
  };

const elementwise =
  (op: string, result?: "bool") =>
  (inputs: readonly Aval[]): readonly Aval[] => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    if (a.dtype !== b.dtype) throw new DTypeError(op, "operands must have one type", `${a.dtype} and ${b.dtype}`);
    return [{ dtype: result ?? a.dtype, shape: broadcastShape(op, a.shape, b.shape) }];
  };

const reduce =
  (op: string) =>
  (inputs: readonly Aval[], { axes, keepDims }: ReduceAttrs): readonly Aval[] => {
    const { dtype, shape } = at(inputs, 0);
    if (axes.some((axis) => axis < 0 || axis >= shape.length || !Number.isInteger(axis)))
      throw new ShapeError(op, `axes [${axes}] must be in the shape`, [shape]);
    const kept = shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    return [{ dtype, shape: keepDims ? kept : shape.filter((_, axis) => !axes.includes(axis)) }];
  };

function checkAxis(where: string, shape: Shape, axis: number): number {
  const length = shape[axis];
  if (length === undefined) throw new ShapeError(where, `axis ${axis} must be in the shape`, [shape]);
  return length;
}

const lastAxis = (where: string, shape: Shape): number => checkAxis(where, shape, shape.length - 1);

const withAxis = (shape: Shape, axis: number, length: number): Shape => shape.map((n, i) => (i === axis ? length : n));

/** Output rows and columns of a convolution. */
function convolved(x: Shape, weight: Shape, { stride, padding, groups }: Conv2dAttrs): Shape {
  const [n, c, h, w] = x as [number, number, number, number];
  const [o, cg, kh, kw] = weight as [number, number, number, number];
  if (x.length !== 4 || weight.length !== 4)
    throw new ShapeError("conv2d", "needs x [N,C,H,W] and weight [O,C/groups,kh,kw]", [x, weight]);
  if (cg * groups !== c || o % groups !== 0)
    throw new ShapeError("conv2d", `channels must fit ${groups} groups`, [x, weight]);
  const rows = Math.floor((h + padding[0] + padding[2] - kh) / stride[0]) + 1;
  const columns = Math.floor((w + padding[1] + padding[3] - kw) / stride[1]) + 1;
  if (rows < 1 || columns < 1) throw new ShapeError("conv2d", "the kernel must fit the padded input", [x, weight]);
  return [n, o, rows, columns];
}

function expectShape(where: string, rule: string, got: Shape, want: Shape): void {
  if (String(got) !== String(want)) throw new ShapeError(where, `${rule} [${want}]`, [got]);
}

const floats = (x: Aval): readonly Aval[] => same()([x]);
const indices = (where: string, x: Aval): void => {
  if (x.dtype !== "i32") throw new DTypeError(where, "indices must be i32", x.dtype);
};

/** What each operation makes of its operands' shapes and types; throws where they do not fit. */
export const shapes: { readonly [O in OpName]: ShapeRule<O> } = {
  input: () => [],
  constant: (_, { value }) => [{ dtype: value.dtype, shape: value.shape }],
  neg: same(false),
  abs: same(false),
  exp: same(),
  log: same(),
  sqrt: same(),
  reciprocal: same(),
  tanh: same(),
  erf: same(),
  sigmoid: same(),
  sin: same(),
  cos: same(),
  gelu: same(),
  stopGradient: same(false),
  after: same(false),
  cast: (inputs, { dtype }) => [{ dtype, shape: at(inputs, 0).shape }],
  add: elementwise("add"),
  sub: elementwise("sub"),
  mul: elementwise("mul"),
  div: elementwise("div"),
  maximum: elementwise("maximum"),
  minimum: elementwise("minimum"),
  less: elementwise("less", "bool"),
  greater: elementwise("greater", "bool"),
  equal: elementwise("equal", "bool"),
  where: (inputs) => {
    const condition = at(inputs, 0);
    if (condition.dtype !== "bool") throw new DTypeError("where", "the condition must be bool", condition.dtype);
    const [result] = elementwise("where")(inputs.slice(1)) as [Aval];
    return [{ dtype: result.dtype, shape: broadcastShape("where", condition.shape, result.shape) }];
  },
  matmul: (inputs, { transposeA, transposeB }) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    if (a.shape.length < 2 || b.shape.length < 2)
      throw new ShapeError("matmul", "operands need two axes or more", [a.shape, b.shape]);
    if (a.dtype !== b.dtype) throw new DTypeError("matmul", "operands must have one type", `${a.dtype} and ${b.dtype}`);
    const [rows, inner] = transposeA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
    const [inner2, columns] = transposeB ? [b.shape.at(-1), b.shape.at(-2)] : [b.shape.at(-2), b.shape.at(-1)];
    if (inner !== inner2) throw new ShapeError("matmul", "inner sizes must agree", [a.shape, b.shape]);
    const batch = broadcastShape("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: a.dtype, shape: [...batch, rows as number, columns as number] }];
  },
  reshape: (inputs, { shape }) => {
    const x = at(inputs, 0);
    if (sizeOf(shape) !== sizeOf(x.shape))
      throw new ShapeError("reshape", `must keep the size, to [${shape}]`, [x.shape]);
    return [{ dtype: x.dtype, shape }];
  },
  transpose: (inputs, { permutation }) => {
    const { dtype, shape } = at(inputs, 0);
    if (permutation.length !== shape.length || shape.some((_, i) => !permutation.includes(i)))
      throw new ShapeError("transpose", `[${permutation}] must order every axis`, [shape]);
    return [{ dtype, shape: permutation.map((axis) => shape[axis] as number) }];
  },
  broadcast: (inputs, { shape }) => {
    const x = at(inputs, 0);
    expectShape("broadcast", "operand and target must give", broadcastShape("broadcast", x.shape, shape), shape);
    return [{ dtype: x.dtype, shape }];
  },
  concat: (inputs, { axis }) => {
    const first = at(inputs, 0);
    checkAxis("concat", first.shape, axis);
    for (const x of inputs)
      if (x.dtype !== first.dtype || String(withAxis(x.shape, axis, 0)) !== String(withAxis(first.shape, axis, 0)))
        throw new ShapeError("concat", `axes other than ${axis} must agree`, [first.shape, x.shape]);
    const length = inputs.reduce((sum, x) => sum + (x.shape[axis] as number), 0);
    return [{ dtype: first.dtype, shape: withAxis(first.shape, axis, length) }];
  },
  slice: (inputs, { axis, start, end }) => {
    const { dtype, shape } = at(inputs, 0);
    if (!(start >= 0 && end > start && end <= checkAxis("slice", shape, axis)))
      throw new ShapeError("slice", `${start}…${end} must be inside axis ${axis}`, [shape]);
    return [{ dtype, shape: withAxis(shape, axis, end - start) }];
  },
  pad: (inputs, { before, after }) => {
    const { dtype, shape } = at(inputs, 0);
    if (before.length !== shape.length || after.length !== shape.length || [...before, ...after].some((n) => n < 0))
      throw new ShapeError("pad", "needs a non-negative pair for every axis", [shape]);
    return [{ dtype, shape: shape.map((n, i) => n + (before[i] as number) + (after[i] as number)) }];
  },
  split: (inputs, { axis, parts }) => {
    const { dtype, shape } = at(inputs, 0);
    const length = checkAxis("split", shape, axis);
    if (length % parts !== 0)
      throw new ShapeError("split", `axis ${axis} must divide into ${parts} equal parts`, [shape]);
    return Array.from({ length: parts }, () => ({ dtype, shape: withAxis(shape, axis, length / parts) }));
  },
  reduceSum: reduce("reduceSum"),
  reduceMean: reduce("reduceMean"),
  reduceMax: reduce("reduceMax"),
  reduceSumSquare: reduce("reduceSumSquare"),
  gather: (inputs) => {
    const [table, index] = [at(inputs, 0), at(inputs, 1)];
    indices("gather", index);
    checkAxis("gather", table.shape, 0);
    return [{ dtype: table.dtype, shape: [...index.shape, ...table.shape.slice(1)] }];
  },
  scatterAdd: (inputs, { rows }) => {
    const [index, updates] = [at(inputs, 0), at(inputs, 1)];
    indices("scatterAdd", index);
    expectShape("scatterAdd", "updates must begin with", updates.shape.slice(0, index.shape.length), index.shape);
    return [{ dtype: updates.dtype, shape: [rows, ...updates.shape.slice(index.shape.length)] }];
  },
  softmax: floatsOfLastAxis("softmax"),
  layerNorm: (inputs) => {
    const [x] = floatsOfLastAxis("layerNorm")(inputs) as [Aval];
    const statistic = { dtype: x.dtype, shape: withAxis(x.shape, x.shape.length - 1, 1) };
    return [x, statistic, statistic];
  },
  conv2d: (inputs, attrs) => [
    { dtype: at(inputs, 0).dtype, shape: convolved(at(inputs, 0).shape, at(inputs, 1).shape, attrs) },
  ],
  conv2dInputGrad: (inputs, attrs) => {
    expectShape(
      "conv2dInputGrad",
      "dy must be",
      at(inputs, 0).shape,
      convolved(attrs.inputShape, at(inputs, 1).shape, attrs),
    );
    return [{ dtype: at(inputs, 0).dtype, shape: attrs.inputShape }];
  },
  conv2dWeightGrad: (inputs, attrs) => {
    expectShape(
      "conv2dWeightGrad",
      "dy must be",
      at(inputs, 1).shape,
      convolved(at(inputs, 0).shape, attrs.weightShape, attrs),
    );
    return [{ dtype: at(inputs, 0).dtype, shape: attrs.weightShape }];
  },
  topK: (inputs, { k }) => {
    const { dtype, shape } = at(inputs, 0);
    if (!(k >= 1 && k <= lastAxis("topK", shape)))
      throw new ShapeError("topK", `k = ${k} must fit the last axis`, [shape]);
    const result = withAxis(shape, shape.length - 1, k);
    return [
      { dtype, shape: result },
      { dtype: "i32", shape: result },
    ];
  },
  argMax: (inputs) => {
    lastAxis("argMax", at(inputs, 0).shape);
    return [{ dtype: "i32", shape: at(inputs, 0).shape.slice(0, -1) }];
  },
};

function floatsOfLastAxis(where: string): (inputs: readonly Aval[]) => readonly Aval[] {
  return (inputs) => {
    lastAxis(where, at(inputs, 0).shape);
    return floats(at(inputs, 0));
  };
}
