import { type Aval, type Shape, sameShape, sizeOf } from "@gmem/tensor";
import type { Value } from "../tensorflow.ts";
import { type Backend, type Lowerings, operand, result, type Unary, withoutBools } from "./backend.ts";
import { highestRank, lengths, padded, runs } from "./runs.ts";

/** x in another shape of the same size; no copy. */
export function reshaped(backend: Backend, from: Shape, to: Shape): Unary {
  if (sameShape(from, to)) return (x) => x;
  const run = backend.kernel("Reshape");
  return (x) => run({ x }, { shape: [...to] });
}

/** x with its axes repeated until it has the shape. One number is multiplied by ones, which copies it fastest. */
export function spread(backend: Backend, from: Aval, to: Shape): Unary {
  if (sameShape(from.shape, to)) return (x) => x;
  return sizeOf(from.shape) === 1 ? filled(backend, from, to) : tiled(backend, from.shape, to);
}

function filled(backend: Backend, { dtype, shape }: Aval, to: Shape): Unary {
  if (sizeOf(to) === 1) return reshaped(backend, shape, to);
  const scalar = reshaped(backend, shape, []);
  const [fill, mul] = [backend.kernel("Fill"), backend.kernel("Multiply")];
  const ones = { shape: [sizeOf(to)], value: 1, dtype: dtype === "f32" ? "float32" : "int32" };
  const after = reshaped(backend, ones.shape, to);
  return (x) => after(mul({ a: fill({}, ones), b: scalar(x) }));
}

function tiled(backend: Backend, from: Shape, to: Shape): Unary {
  const rank = to.length;
  const source = padded(from, rank);
  const groups = runs(rank, (axis) => (to[axis] === 1 ? undefined : source[axis] === 1));
  const [short, full] = [lengths(source, groups), lengths(to, groups)];
  const before = reshaped(backend, from, short);
  const after = reshaped(backend, full, to);
  if (sameShape(short, full)) return (x) => after(before(x));
  const tile = backend.kernel("Tile");
  return (x) => after(tile({ x: before(x) }, { reps: full.map((n, i) => n / (short[i] as number)) }));
}

/** Axes that stay neighbours move as one. */
export function transposed(backend: Backend, shape: Shape, permutation: readonly number[]): Unary {
  const result = permutation.map((axis) => shape[axis] as number);
  const long = shape.flatMap((n, axis) => (n === 1 ? [] : [axis]));
  const wanted = permutation.filter((axis) => shape[axis] !== 1).map((axis) => long.indexOf(axis));
  const groups = runs(wanted.length, (i) => (wanted[i] as number) - i).map((group) =>
    group.map((i) => long[wanted[i] as number] as number),
  );
  if (groups.length < 2) return reshaped(backend, shape, result);
  if (groups.length > highestRank) return moved(backend, shape, permutation);
  const stored = groups.toSorted(([a], [b]) => (a as number) - (b as number));
  const order = groups.map((group) => stored.indexOf(group));
  const before = reshaped(backend, shape, lengths(shape, stored));
  const after = reshaped(backend, lengths(shape, groups), result);
  const run = backend.kernel("Transpose");
  return (x) => after(run({ x: before(x) }, { perm: order }));
}

/** One axis after the other goes to its place: each move is a transposition of rank 3. */
function moved(backend: Backend, shape: Shape, permutation: readonly number[]): Unary {
  let axes = shape.map((_, axis) => axis);
  let current = shape;
  const moves: Unary[] = [];
  permutation.forEach((axis, place) => {
    const from = axes.indexOf(axis);
    const order = axes.map((_, i) => i);
    order.splice(place, 0, ...order.splice(from, 1));
    moves.push(transposed(backend, current, order));
    axes = order.map((i) => axes[i] as number);
    current = order.map((i) => current[i] as number);
  });
  return (x) => moves.reduce((value, move) => move(value), x);
}

/** Zeros before and after each axis. */
export function zeroPadded(backend: Backend, shape: Shape, pairs: readonly (readonly [number, number])[]): Unary {
  const isPadded = (axis: number): boolean => (pairs[axis] as readonly number[]).some((n) => n > 0);
  const groups = runs(shape.length, (axis) => (isPadded(axis) ? axis : "as it is"));
  const paddings = groups.map(([axis]) => [...(pairs[axis as number] as readonly [number, number])]);
  if (paddings.every(([a, b]) => a === 0 && b === 0)) return (x) => x;
  if (groups.length > highestRank) backend.refuse(`pads up to ${highestRank} groups of axes; pad in two steps`);
  const to = shape.map((n, axis) => n + (pairs[axis]?.[0] as number) + (pairs[axis]?.[1] as number));
  const before = reshaped(backend, shape, lengths(shape, groups));
  const after = reshaped(backend, lengths(to, groups), to);
  const run = backend.kernel("PadV2");
  return (x) => after(run({ x: before(x) }, { paddings, constantValue: 0 }));
}

/** [before, axis and what follows it]: all that matters for cutting and joining along an axis. */
const rowsOf = (shape: Shape, axis: number): [rows: number, width: number] => [
  sizeOf(shape.slice(0, axis)),
  sizeOf(shape.slice(axis)),
];

/** Elements start … end−1 of an axis. */
export function cut(
  backend: Backend,
  shape: Shape,
  { axis, start, end }: { readonly axis: number; readonly start: number; readonly end: number },
): Unary {
  const to = shape.with(axis, end - start);
  const step = sizeOf(shape.slice(axis + 1));
  const before = reshaped(backend, shape, rowsOf(shape, axis));
  const after = reshaped(backend, rowsOf(to, axis), to);
  const run = backend.kernel("Slice");
  return (x) => after(run({ x: before(x) }, { begin: [0, start * step], size: rowsOf(to, axis) }));
}

/** Operations that only move elements. */
export const arrange: Lowerings<"reshape" | "transpose" | "broadcast" | "concat" | "slice" | "pad" | "split"> = {
  reshape: (node, backend) => reshaped(backend, operand(node).shape, node.attrs.shape),
  transpose: withoutBools((node, backend) => transposed(backend, operand(node).shape, node.attrs.permutation)),
  broadcast: withoutBools((node, backend) => spread(backend, operand(node), node.attrs.shape)),
  concat: withoutBools((node, backend) => {
    const { axis } = node.attrs;
    if (node.inputs.length === 1) return (x) => x;
    const parts = node.inputs.map(({ shape }) => reshaped(backend, shape, rowsOf(shape, axis)));
    const { shape } = result(node);
    const after = reshaped(backend, rowsOf(shape, axis), shape);
    const run = backend.kernel("Concat");
    return (...operands) =>
      after(
        run(
          operands.map((x, i) => (parts[i] as Unary)(x)),
          { axis: 1 },
        ),
      );
  }),
  slice: withoutBools((node, backend) => cut(backend, operand(node).shape, node.attrs)),
  pad: withoutBools((node, backend) => {
    const { before, after } = node.attrs;
    return zeroPadded(
      backend,
      operand(node).shape,
      before.map((n, axis) => [n, after[axis] as number] as const),
    );
  }),
  split: withoutBools((node, backend) => {
    const { axis, parts } = node.attrs;
    if (parts === 1) return (x) => x;
    const { shape } = result(node);
    const before = reshaped(backend, operand(node).shape, rowsOf(operand(node).shape, axis));
    const after = reshaped(backend, rowsOf(shape, axis), shape);
    const run = backend.kernel<Value[]>("SplitV");
    const numOrSizeSplits = Array.from({ length: parts }, () => rowsOf(shape, axis)[1]);
    return (x) => run({ x: before(x) }, { numOrSizeSplits, axis: 1 }).map(after);
  }),
};
