import { type Shape, sizeOf } from "@gmem/tensor";
import type { Value } from "../tensorflow.ts";
import { reshaped, spread } from "./arrange.ts";
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

/**
 * op(A) · op(B) over the last two axes. Kernels disagree on how leading axes broadcast, so they get three axes with one
 * batch size: a shared right operand makes the left one a single matrix, anything else is repeated.
 */
export function product(
  backend: Backend,
  { a, b, transposeA = false, transposeB = false }: Product,
): (a: Value, b: Value) => Value {
  const run = backend.kernel("BatchMatMul");
  const [batchA, batchB] = [a.slice(0, -2), b.slice(0, -2)];
  const rank = Math.max(batchA.length, batchB.length);
  const batch = Array.from({ length: rank }, (_, i) => Math.max(batchA.at(i - rank) ?? 1, batchB.at(i - rank) ?? 1));
  const [rows, columns] = [a.at(transposeA ? -1 : -2) as number, b.at(transposeB ? -2 : -1) as number];
  const shared = sizeOf(batchB) === 1 && !transposeA;
  const flat = (shape: Shape, times: Shape): Unary => {
    const full = [...times, ...shape.slice(-2)];
    const [wide, merged] = [spread(backend, shape, full), reshaped(backend, full, [sizeOf(times), ...shape.slice(-2)])];
    return (x) => merged(wide(x));
  };
  const merged = shared ? [1, sizeOf(batch) * rows, columns] : [sizeOf(batch), rows, columns];
  const inner = a.at(-1) as number;
  const left = shared ? reshaped(backend, a, [1, sizeOf(a) / inner, inner]) : flat(a, batch);
  const right = shared ? reshaped(backend, b, [1, ...b.slice(-2)]) : flat(b, batch);
  const after = reshaped(backend, merged, [...batch, rows, columns]);
  return (x, y) => after(run({ a: left(x), b: right(y) }, { transposeA, transposeB }));
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
