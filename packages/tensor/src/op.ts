import type { NDArray } from "./array.ts";
import type { DType, Shape } from "./aval.ts";

/** No attributes. */
export type None = Readonly<Record<never, never>>;
export interface ReduceAttrs {
  /** Sorted, non-negative. */
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}
export interface Conv2dAttrs {
  readonly stride: readonly [rows: number, columns: number];
  /** Zeros added around the input. */
  readonly padding: readonly [top: number, left: number, bottom: number, right: number];
  readonly groups: number;
}

/**
 * Every operation of a graph and what it is parameterised by. All tables over operations (shape, gradient, reference
 * kernel, lowering) are total over these names: a new operation does not compile until each of them knows it.
 */
export interface OpAttrs {
  /** A value that arrives with each run, or lives in the engine's state. */
  input: { readonly name: string; readonly role: "feed" | "state" };
  constant: { readonly value: NDArray };
  neg: None;
  abs: None;
  exp: None;
  log: None;
  sqrt: None;
  reciprocal: None;
  tanh: None;
  erf: None;
  sigmoid: None;
  sin: None;
  cos: None;
  /** GELU by its tanh approximation, 0.5x(1 + tanh(√(2/π)(x + 0.044715x³))). */
  gelu: None;
  /** The identity, through which no gradient flows. */
  stopGradient: None;
  /** The first operand, computed not before the second: keeps recomputed blocks from being merged with the first pass. */
  after: None;
  cast: { readonly dtype: DType };
  add: None;
  sub: None;
  mul: None;
  div: None;
  maximum: None;
  minimum: None;
  less: None;
  greater: None;
  equal: None;
  /** condition ? a : b, element by element. */
  where: None;
  /** alpha · op(A) · op(B) over the last two axes; leading axes broadcast. */
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly alpha: number };
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  broadcast: { readonly shape: Shape };
  concat: { readonly axis: number };
  /** Elements start … end−1 of one axis. */
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  /** Zeros before and after each axis. */
  pad: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** Equal parts of one axis, one output each. */
  split: { readonly axis: number; readonly parts: number };
  reduceSum: ReduceAttrs;
  reduceMean: ReduceAttrs;
  reduceMax: ReduceAttrs;
  /** Sum of squares. */
  reduceSumSquare: ReduceAttrs;
  /** Rows of a table [rows, …] by int32 indices. */
  gather: None;
  /** (indices, updates) → [rows, …]: updates added into zeros; the gradient of gather. */
  scatterAdd: { readonly rows: number };
  /** Over the last axis. */
  softmax: None;
  /** Over the last axis, no affine part: (x̂, mean, 1/std), the last two with a last axis of 1. */
  layerNorm: { readonly epsilon: number };
  /** (x [N,C,H,W], weight [O,C/groups,kh,kw]) → [N,O,H′,W′]. */
  conv2d: Conv2dAttrs;
  /** (dy [N,O,H′,W′], weight) → dx; the transposed convolution. */
  conv2dInputGrad: Conv2dAttrs & { readonly inputShape: Shape };
  /** (x, dy) → dweight. */
  conv2dWeightGrad: Conv2dAttrs & { readonly weightShape: Shape };
  /** The k largest of the last axis, descending: (values, int32 indices). Equal values: the lower index first. */
  topK: { readonly k: number };
  /** int32 index of the largest of the last axis; the first among equals. */
  argMax: None;
}

export type OpName = keyof OpAttrs;

/** The operations whose results are computed element by element. */
export type ElementwiseOp =
  | "neg"
  | "abs"
  | "exp"
  | "log"
  | "sqrt"
  | "reciprocal"
  | "tanh"
  | "erf"
  | "sigmoid"
  | "sin"
  | "cos"
  | "gelu"
  | "stopGradient"
  | "after"
  | "cast"
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "maximum"
  | "minimum"
  | "less"
  | "greater"
  | "equal"
  | "where";
