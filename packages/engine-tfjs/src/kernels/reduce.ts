import { type Shape, sizeOf, sumStages } from "@gmem/tensor";
import type { Value } from "../tensorflow.ts";
import { reshaped, zeroPadded } from "./arrange.ts";
import { type Backend, type Lowering, type Lowerings, number, operand, result, type Unary } from "./backend.ts";
import { runs } from "./runs.ts";

interface Reduction {
  readonly shape: Shape;
  readonly axes: readonly number[];
}

const kept = ({ shape, axes }: Reduction): Shape => shape.filter((_, axis) => !axes.includes(axis));

/** Sum over some axes without keeping them, long ones in stages. */
function summed(backend: Backend, { shape, axes }: Reduction): Unary {
  const { merged, stages, left } = sumStages(shape, axes);
  const sum = backend.kernel("Sum");
  const steps: Unary[] = [reshaped(backend, shape, merged)];
  for (const { from, zeros, split, axis } of stages) {
    const padded = from.map((length, i) => length + (zeros[i] as number));
    steps.push(
      zeroPadded(
        backend,
        from,
        zeros.map((count) => [0, count]),
      ),
      reshaped(backend, padded, split),
    );
    steps.push((x) => sum({ x }, { axis: [axis], keepDims: false }));
  }
  steps.push(reshaped(backend, left, kept({ shape, axes })));
  return (x) => steps.reduce((value, step) => step(value), x);
}

/** Mean over some axes without keeping them. */
function averaged(backend: Backend, reduction: Reduction): Unary {
  const count = sizeOf(reduction.axes.map((axis) => reduction.shape[axis] as number));
  if (count === 1) return summed(backend, reduction);
  const [total, mul] = [summed(backend, reduction), backend.kernel("Multiply")];
  const share = number(backend, 1 / count);
  return (x) => mul({ a: total(x), b: share });
}

const largest = (backend: Backend, { shape, axes }: Reduction): Unary => {
  const groups = runs(shape.length, (axis) => axes.includes(axis));
  const merged = groups.map((group) => sizeOf(group.map((axis) => shape[axis] as number)));
  const before = reshaped(backend, shape, merged);
  const reductionIndices = groups.flatMap((group, i) => (axes.includes(group[0] as number) ? [i] : []));
  const left = merged.filter((_, i) => !reductionIndices.includes(i));
  const after = reshaped(backend, left, kept({ shape, axes }));
  const run = backend.kernel("Max");
  return (x) => after(run({ x: before(x) }, { reductionIndices, keepDims: false }));
};

/** A reduction of the node's operand, in the node's shape. Nothing to reduce: the value itself. */
const reduction =
  <O extends "reduceSum" | "reduceMean" | "reduceMax">(
    make: (backend: Backend, what: Reduction) => Unary,
  ): Lowering<O> =>
  (node, backend) => {
    const { shape, dtype } = operand(node);
    const { axes } = node.attrs;
    if (dtype === "bool" || (dtype === "i32" && node.op === "reduceMean"))
      backend.refuse("cast the operand to f32 before");
    if (axes.length === 0) return (x) => x;
    const reduce = make(backend, { shape, axes });
    const after = reshaped(backend, kept({ shape, axes }), result(node).shape);
    return (x) => after(reduce(x));
  };

/** x̂ = (x − mean)·rstd with rstd = 1/√(var + ε), over the last axis. */
const layerNorm: Lowering<"layerNorm"> = (node, backend) => {
  const { shape } = operand(node);
  const statistic = result(node, 1).shape;
  const mean = averaged(backend, { shape, axes: [shape.length - 1] });
  const wide = reshaped(backend, shape.slice(0, -1), statistic);
  const [add, sub, mul] = [backend.kernel("Add"), backend.kernel("Sub"), backend.kernel("Multiply")];
  const rsqrt = backend.kernel("Rsqrt");
  const epsilon = number(backend, node.attrs.epsilon);
  return (x) => {
    const m = wide(mean(x)); // […,1]
    const centred = sub({ a: x, b: m });
    const variance = wide(mean(mul({ a: centred, b: centred })));
    const scale = rsqrt({ x: add({ a: variance, b: epsilon }) });
    return [mul({ a: centred, b: scale }), m, scale];
  };
};

/** Reductions, and what runs over the last axis. */
export const reduce: Lowerings<
  "reduceSum" | "reduceMean" | "reduceMax" | "reduceSumSquare" | "softmax" | "layerNorm" | "topK" | "argMax"
> = {
  reduceSum: reduction(summed),
  reduceMean: reduction(averaged),
  reduceMax: reduction(largest),
  reduceSumSquare: (node, backend) => {
    const mul = backend.kernel("Multiply");
    const { axes, keepDims } = node.attrs;
    const sum = reduce.reduceSum({ ...node, op: "reduceSum", attrs: { axes, keepDims } }, backend);
    return (x) => sum(mul({ a: x, b: x }));
  },
  softmax: (node, backend) => {
    const { shape } = operand(node);
    const columns = shape.at(-1) as number;
    const flat = [sizeOf(shape) / columns, columns];
    const [before, after] = [reshaped(backend, shape, flat), reshaped(backend, flat, shape)];
    const run = backend.kernel("Softmax");
    return (logits) => after(run({ logits: before(logits) }, { dim: 1 }));
  },
  layerNorm,
  topK: (node, backend) => {
    if (operand(node).dtype === "bool") backend.refuse("cast the operand to f32 before");
    const run = backend.kernel<Value[]>("TopK");
    return (x) => run({ x }, { k: node.attrs.k, sorted: true });
  },
  argMax: (node, backend) => {
    if (operand(node).dtype === "bool") backend.refuse("cast the operand to f32 before");
    const { shape } = operand(node);
    const run = backend.kernel("ArgMax");
    return (x) => run({ x }, { axis: shape.length - 1 });
  },
};
