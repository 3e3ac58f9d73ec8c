import { sizeOf } from "../aval.ts";
import type { Node } from "../graph.ts";
import type { ReduceAttrs } from "../op.ts";
import { type Kernel, operand, shapeOf, strides, type Value, walk } from "./kernel.ts";

interface Reduced extends Omit<Node, "attrs"> {
  readonly attrs: ReduceAttrs;
}

/** Folds the elements along the reduced axes, beginning with `start`. */
function folded(node: Reduced, x: Value, start: number, f: (sum: number, x: number) => number): Float64Array {
  const kept = x.shape.map((n, axis) => (node.attrs.axes.includes(axis) ? 1 : n));
  const step = strides(kept).map((s, axis) => (node.attrs.axes.includes(axis) ? 0 : s));
  const out = new Float64Array(sizeOf(shapeOf(node))).fill(start);
  walk(x.shape, step, (at, i) => {
    out[at] = f(out[at] as number, x.data[i] as number);
  });
  return out;
}

/** Visits the rows along the last axis. */
function rows(x: Value, visit: (row: Float64Array, i: number) => void): void {
  const width = x.shape.at(-1) as number;
  for (let i = 0; i * width < x.data.length; i++) visit(x.data.subarray(i * width, (i + 1) * width), i);
}

const add = (sum: number, x: number): number => sum + x;

export const reduce: {
  readonly [O in
    | "reduceSum"
    | "reduceMean"
    | "reduceMax"
    | "reduceSumSquare"
    | "softmax"
    | "layerNorm"
    | "topK"
    | "argMax"]: Kernel<O>;
} = {
  reduceSum: (node, inputs) => [folded(node, operand(inputs, 0), 0, add)],
  reduceMean: (node, inputs) => {
    const x = operand(inputs, 0);
    const share = sizeOf(shapeOf(node)) / x.data.length;
    return [folded(node, x, 0, add).map((sum) => sum * share)];
  },
  reduceMax: (node, inputs) => [folded(node, operand(inputs, 0), Number.NEGATIVE_INFINITY, Math.max)],
  reduceSumSquare: (node, inputs) => [folded(node, operand(inputs, 0), 0, (sum, x) => sum + x * x)],
  softmax: (_, inputs) => {
    const x = operand(inputs, 0);
    const out = new Float64Array(x.data.length);
    rows(x, (row, i) => {
      const top = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      const weights = row.map((value) => Math.exp(value - top));
      const sum = weights.reduce(add, 0);
      out.set(
        weights.map((weight) => weight / sum),
        i * row.length,
      );
    });
    return [out];
  },
  layerNorm: (node, inputs) => {
    const x = operand(inputs, 0);
    const out = new Float64Array(x.data.length);
    const means = new Float64Array(sizeOf(shapeOf(node, 1)));
    const scales = new Float64Array(means.length);
    rows(x, (row, i) => {
      const mean = row.reduce(add, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      const scale = 1 / Math.sqrt(variance + node.attrs.epsilon);
      out.set(
        row.map((value) => (value - mean) * scale),
        i * row.length,
      );
      means[i] = mean;
      scales[i] = scale;
    });
    return [out, means, scales];
  },
  topK: (node, inputs) => {
    const { k } = node.attrs;
    const x = operand(inputs, 0);
    const values = new Float64Array(sizeOf(shapeOf(node)));
    const indices = new Float64Array(values.length);
    rows(x, (row, i) => {
      const order = [...row.keys()].sort((a, b) => (row[b] as number) - (row[a] as number) || a - b);
      for (let j = 0; j < k; j++) {
        indices[i * k + j] = order[j] as number;
        values[i * k + j] = row[order[j] as number] as number;
      }
    });
    return [values, indices];
  },
  argMax: (node, inputs) => {
    const out = new Float64Array(sizeOf(shapeOf(node)));
    rows(operand(inputs, 0), (row, i) => {
      let best = 0;
      for (let j = 1; j < row.length; j++) if ((row[j] as number) > (row[best] as number)) best = j;
      out[i] = best;
    });
    return [out];
  },
};
