import { type Shape, sizeOf } from "@gmem/tensor";
import type { Value } from "../tensorflow.ts";
import { reshaped, spread, transposed } from "./arrange.ts";
import {
  type Backend,
  type Lowering,
  type Lowerings,
  number,
  operand,
  result,
  type Unary,
  withoutBools,
} from "./backend.ts";

export interface Product {
  readonly a: Shape;
  readonly b: Shape;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

type Multiply = (a: Value, b: Value) => Value;

/**
 * op(A) · op(B) over the last two axes. Kernels disagree on how leading axes broadcast, so they get three axes with one
 * batch size: under a shared right operand the left one is a single matrix, in all other products both are repeated.
 */
export function product(backend: Backend, { a, b, transposeA = false, transposeB = false }: Product): Multiply {
  const shape = [...batchOf(a, b), a.at(transposeA ? -1 : -2) as number, b.at(transposeB ? -2 : -1) as number];
  const whole = { a, b, transposeA, transposeB, shape };
  const shared = sizeOf(b.slice(0, -2)) === 1 && (!transposeA || sizeOf(a.slice(0, -2)) === 1);
  return shared ? singleProduct(backend, whole) : batchedProduct(backend, whole);
}

interface Whole extends Required<Product> {
  readonly shape: Shape;
}

/**
 * Operands are turned beforehand: the product below wasm is about ten times as fast on matrices that lie as they are
 * multiplied, and elsewhere a transposition is little beside the product.
 */
function singleProduct(backend: Backend, { a, b, transposeA, transposeB, shape }: Whole): Multiply {
  const run = backend.kernel("BatchMatMul");
  const [width, height] = [a.at(-1) as number, sizeOf(a.slice(0, -1))];
  const matrix = (from: Shape, to: Shape, turned: boolean): Unary => {
    const flat = reshaped(backend, from, to);
    const turn = turned ? transposed(backend, to, [0, 2, 1]) : (x: Value): Value => x;
    return (x) => turn(flat(x));
  };
  const left = matrix(a, [1, height, width], transposeA);
  const right = matrix(b, [1, ...b.slice(-2)], transposeB);
  const columns = shape.at(-1) as number;
  const after = reshaped(backend, [1, sizeOf(shape) / columns, columns], shape);
  return (x, y) => after(run({ a: left(x), b: right(y) }, { transposeA: false, transposeB: false }));
}

function batchedProduct(backend: Backend, { a, b, transposeA, transposeB, shape }: Whole): Multiply {
  const run = backend.kernel("BatchMatMul");
  const [batch, size] = [shape.slice(0, -2), shape.slice(-2)];
  const repeated = (from: Shape): Unary => {
    const full = [...batch, ...from.slice(-2)];
    const wide = spread(backend, { dtype: "f32", shape: from }, full);
    const flat = reshaped(backend, full, [sizeOf(batch), ...from.slice(-2)]);
    return (x) => flat(wide(x));
  };
  const [left, right] = [repeated(a), repeated(b)];
  const after = reshaped(backend, [sizeOf(batch), ...size], shape);
  return (x, y) => after(run({ a: left(x), b: right(y) }, { transposeA, transposeB }));
}

/** Leading axes of both operands, broadcast. */
function batchOf(a: Shape, b: Shape): number[] {
  const [x, y] = [a.slice(0, -2), b.slice(0, -2)];
  const rank = Math.max(x.length, y.length);
  return Array.from({ length: rank }, (_, i) => Math.max(x.at(i - rank) ?? 1, y.at(i - rank) ?? 1));
}

const matmul: Lowering<"matmul"> = (node, backend) => {
  const [a, b] = [operand(node), operand(node, 1)];
  if (a.dtype !== "f32") backend.refuse("tf multiplies matrices of floats; cast the operands to f32");
  const { alpha } = node.attrs;
  const multiply = product(backend, { ...node.attrs, a: a.shape, b: b.shape });
  if (alpha === 1) return multiply as (...operands: Value[]) => Value;
  const [scale, factor] = [backend.kernel("Multiply"), number(backend, alpha)];
  return (x, y) => scale({ a: multiply(x as Value, y as Value), b: factor });
};

const gather: Lowering<"gather"> = withoutBools((_, backend) => {
  const run = backend.kernel("GatherV2");
  return (x, indices) => run({ x: x as Value, indices: indices as Value }, { axis: 0, batchDims: 0 });
});

const scatterAdd: Lowering<"scatterAdd"> = (node, backend) => {
  const [index, updates] = [operand(node), operand(node, 1)];
  if (updates.dtype === "bool") backend.refuse("cast the updates to f32 before");
  const { shape } = result(node);
  const [count, width] = [sizeOf(index.shape), sizeOf(shape.slice(1))];
  const rows = reshaped(backend, index.shape, [count, 1]);
  const flat = reshaped(backend, updates.shape, [count, width]);
  const after = reshaped(backend, [node.attrs.rows, width], shape);
  const run = backend.kernel("ScatterNd");
  return (indices, x) =>
    after(run({ indices: rows(indices as Value), updates: flat(x as Value) }, { shape: [node.attrs.rows, width] }));
};

/** Products, and rows by number. */
export const linear: Lowerings<"matmul" | "gather" | "scatterAdd"> = { matmul, gather, scatterAdd };
