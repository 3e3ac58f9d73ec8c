import type { DType, Shape } from "./aval.ts";
import { sameShape, sizeOf } from "./aval.ts";
import { apply, applyAll, binary, type CustomVjp, type Tensor } from "./graph.ts";
import type { Conv2dAttrs, OpName } from "./op.ts";

const unary =
  (op: OpName) =>
  (x: Tensor): Tensor =>
    apply(op, [x], {} as never);

export const neg: (x: Tensor) => Tensor = unary("neg");
export const abs: (x: Tensor) => Tensor = unary("abs");
export const exp: (x: Tensor) => Tensor = unary("exp");
export const log: (x: Tensor) => Tensor = unary("log");
export const sqrt: (x: Tensor) => Tensor = unary("sqrt");
/** 1 / x. */
export const reciprocal: (x: Tensor) => Tensor = unary("reciprocal");
export const tanh: (x: Tensor) => Tensor = unary("tanh");
export const erf: (x: Tensor) => Tensor = unary("erf");
export const sigmoid: (x: Tensor) => Tensor = unary("sigmoid");
export const sin: (x: Tensor) => Tensor = unary("sin");
export const cos: (x: Tensor) => Tensor = unary("cos");
/** GELU by its tanh approximation, as in DiT. */
export const gelu: (x: Tensor) => Tensor = unary("gelu");
/** The identity, through which no gradient flows. */
export const stopGradient: (x: Tensor) => Tensor = unary("stopGradient");
/** Over the last axis. */
export const softmax: (x: Tensor) => Tensor = unary("softmax");

export const square = (x: Tensor): Tensor => x.mul(x);
export const silu = (x: Tensor): Tensor => x.mul(sigmoid(x));
export const relu = (x: Tensor): Tensor => maximum(x, 0);
/** 1 / √x. */
export const rsqrt = (x: Tensor): Tensor => reciprocal(sqrt(x));
/** Exact GELU, 0.5x(1 + erf(x/√2)). */
export const geluErf = (x: Tensor): Tensor => x.mul(erf(x.mul(Math.SQRT1_2)).add(1)).mul(0.5);

export const maximum = (a: Tensor, b: Tensor | number): Tensor => binary("maximum", a, b);
export const minimum = (a: Tensor, b: Tensor | number): Tensor => binary("minimum", a, b);
export const clamp = (x: Tensor, low: number, high: number): Tensor => minimum(maximum(x, low), high);
export const less = (a: Tensor, b: Tensor | number): Tensor => binary("less", a, b);
export const greater = (a: Tensor, b: Tensor | number): Tensor => binary("greater", a, b);
export const equal = (a: Tensor, b: Tensor | number): Tensor => binary("equal", a, b);
/** condition ? a : b, element by element; the three broadcast together. */
export const where = (condition: Tensor, a: Tensor, b: Tensor): Tensor => apply("where", [condition, a, b], {});
export const cast = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : apply("cast", [x], { dtype }));

/** Repeats axes of length 1, and adds leading ones, until x has `shape`. */
export const broadcast = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply("broadcast", [x], { shape: [...shape] });

const axisOf = (x: Tensor, axis: number): number => (axis < 0 ? axis + x.rank : axis);

/** Joins tensors along an axis; negative axes count from the end. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0] as Tensor;
  return parts.length === 1 ? first : apply("concat", parts, { axis: axisOf(first, axis) });
}

/** Elements start … end−1 of one axis. */
export function slice(x: Tensor, axis: number, range: readonly [start: number, end: number]): Tensor {
  const [start, end] = range;
  const along = axisOf(x, axis);
  return start === 0 && end === x.shape[along] ? x : apply("slice", [x], { axis: along, start, end });
}

/** Zeros around x: a pair (before, after) for each axis. */
export const pad = (x: Tensor, pairs: readonly (readonly [before: number, after: number])[]): Tensor =>
  pairs.every(([before, after]) => before === 0 && after === 0)
    ? x
    : apply("pad", [x], { before: pairs.map((pair) => pair[0]), after: pairs.map((pair) => pair[1]) });

/** Equal parts of one axis. */
export const split = (x: Tensor, parts: number, axis: number): readonly Tensor[] =>
  applyAll("split", [x], { axis: axisOf(x, axis), parts });

export interface ReduceOptions {
  /** Default: all. Negative axes count from the end. */
  readonly axes?: readonly number[];
  readonly keepDims?: boolean;
}

const reduction =
  (op: "reduceSum" | "reduceMean" | "reduceMax" | "reduceSumSquare") =>
  (x: Tensor, options: ReduceOptions = {}): Tensor => {
    const axes = (options.axes ?? x.shape.map((_, i) => i)).map((axis) => axisOf(x, axis)).sort((a, b) => a - b);
    return axes.length === 0 && op !== "reduceSumSquare"
      ? x
      : apply(op, [x], { axes, keepDims: options.keepDims ?? false });
  };

type Reduction = (x: Tensor, options?: ReduceOptions) => Tensor;
export const sum: Reduction = reduction("reduceSum");
export const mean: Reduction = reduction("reduceMean");
export const max: Reduction = reduction("reduceMax");
export const sumSquare: Reduction = reduction("reduceSumSquare");

/** Rows of `table` [rows, …] by int32 indices […]: […, …]. */
export const gather = (table: Tensor, indices: Tensor): Tensor => apply("gather", [table, indices], {});
/** Adds `updates` [indices…, …] into `rows` rows of zeros, at int32 indices. */
export const scatterAdd = (indices: Tensor, updates: Tensor, rows: number): Tensor =>
  apply("scatterAdd", [indices, updates], { rows });

/** Over the last axis, without affine part: x̂ = (x − mean)/√(var + ε), biased variance. */
export const layerNorm = (x: Tensor, epsilon: number): Tensor => applyAll("layerNorm", [x], { epsilon })[0] as Tensor;

/** The k largest of the last axis, descending; no gradient. */
export function topK(x: Tensor, k: number): { readonly values: Tensor; readonly indices: Tensor } {
  const [values, indices] = applyAll("topK", [x], { k }) as readonly [Tensor, Tensor];
  return { values, indices };
}
/** int32 index of the largest of the last axis; no gradient. */
export const argMax = (x: Tensor): Tensor => apply("argMax", [x], {});

export interface Conv2dOptions {
  readonly stride?: number | readonly [number, number];
  /** Zeros around the input: one number for all sides, or top, left, bottom, right. */
  readonly padding?: number | readonly [number, number, number, number];
  readonly groups?: number;
}

/** Cross-correlation of x [N,C,H,W] with weight [O,C/groups,kh,kw], as PyTorch's conv2d without bias. */
export function conv2d(x: Tensor, weight: Tensor, options: Conv2dOptions = {}): Tensor {
  const { stride = 1, padding = 0, groups = 1 } = options;
  const attrs: Conv2dAttrs = {
    stride: typeof stride === "number" ? [stride, stride] : stride,
    padding: typeof padding === "number" ? [padding, padding, padding, padding] : padding,
    groups,
  };
  return apply("conv2d", [x, weight], attrs);
}

/** Each pixel of x [N,C,H,W] repeated factor × factor times. */
export function upsampleNearest(x: Tensor, factor: number): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const repeated = broadcast(x.reshape([n, c, h, 1, w, 1]), [n, c, h, factor, w, factor]);
  return repeated.reshape([n, c, h * factor, w * factor]);
}

/** [N,C·r²,H,W] → [N,C,rH,rW]; input channel c·r² + i·r + j goes to offset (i, j). */
export function pixelShuffle(x: Tensor, r: number): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const split6 = x.reshape([n, c / (r * r), r, r, h, w]).transpose([0, 1, 4, 2, 5, 3]);
  return split6.reshape([n, c / (r * r), h * r, w * r]);
}

/** [N,C,rH,rW] → [N,C·r²,H,W]; the inverse of {@link pixelShuffle}. */
export function pixelUnshuffle(x: Tensor, r: number): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const split6 = x.reshape([n, c, h / r, r, w / r, r]).transpose([0, 1, 3, 5, 2, 4]);
  return split6.reshape([n, c * r * r, h / r, w / r]);
}

/** Sums a gradient over the axes that its operand was broadcast along. */
export function unbroadcast(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const lead = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((n, i) => (i < lead || (shape[i - lead] === 1 && n !== 1) ? [i] : []));
  return sizeOf(gradient.shape) === sizeOf(shape)
    ? gradient.reshape(shape)
    : sum(gradient, { axes, keepDims: axes.length !== lead }).reshape(shape);
}

/** The tensor with a gradient rule of its own; the graph below it is not differentiated. */
export function withVjp(output: Tensor, inputs: readonly Tensor[], vjp: CustomVjp["vjp"]): Tensor {
  const result = stopGradient(output); // a node of its own: the tensor that was given keeps its gradient
  result.customVjp = { inputs, vjp };
  return result;
}
