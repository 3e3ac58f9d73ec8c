import { sizeOf } from "../aval.ts";
import { spread } from "./elementwise.ts";
import { type Kernel, operand, shapeOf, strides, walk } from "./kernel.ts";

/** Rows before an axis, its length, and elements after it. */
function around(shape: readonly number[], axis: number): readonly [outer: number, length: number, inner: number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis] as number, sizeOf(shape.slice(axis + 1))];
}

/** Elements start … end−1 of one axis. */
function cut(
  data: Float64Array,
  shape: readonly number[],
  axis: number,
  range: readonly [number, number],
): Float64Array {
  const [outer, length, inner] = around(shape, axis);
  const [start, end] = range;
  const width = (end - start) * inner;
  const out = new Float64Array(outer * width);
  for (let i = 0; i < outer; i++) {
    const from = (i * length + start) * inner;
    out.set(data.subarray(from, from + width), i * width);
  }
  return out;
}

export const layout: {
  readonly [O in "reshape" | "transpose" | "broadcast" | "concat" | "slice" | "pad" | "split"]: Kernel<O>;
} = {
  reshape: (_, inputs) => [operand(inputs, 0).data],
  transpose: (node, inputs) => {
    const { shape, data } = operand(inputs, 0);
    const step = strides(shape);
    const out = new Float64Array(data.length);
    walk(
      shapeOf(node),
      node.attrs.permutation.map((axis) => step[axis] as number),
      (at, i) => {
        out[i] = data[at] as number;
      },
    );
    return [out];
  },
  broadcast: (node, inputs) => [spread(operand(inputs, 0), node.attrs.shape)],
  concat: (node, inputs) => {
    const { axis } = node.attrs;
    const [outer, , inner] = around(shapeOf(node), axis);
    const out = new Float64Array(sizeOf(shapeOf(node)));
    let at = 0;
    for (let i = 0; i < outer; i++)
      for (const part of inputs) {
        const width = (part.shape[axis] as number) * inner;
        out.set(part.data.subarray(i * width, (i + 1) * width), at);
        at += width;
      }
    return [out];
  },
  slice: (node, inputs) => {
    const { shape, data } = operand(inputs, 0);
    const { axis, start, end } = node.attrs;
    return [cut(data, shape, axis, [start, end])];
  },
  pad: (node, inputs) => {
    const { shape, data } = operand(inputs, 0);
    const step = strides(shapeOf(node));
    const origin = node.attrs.before.reduce((sum, n, axis) => sum + n * (step[axis] as number), 0);
    const out = new Float64Array(sizeOf(shapeOf(node)));
    walk(shape, step, (at, i) => {
      out[origin + at] = data[i] as number;
    });
    return [out];
  },
  split: (node, inputs) => {
    const { shape, data } = operand(inputs, 0);
    const { axis, parts } = node.attrs;
    const length = (shape[axis] as number) / parts;
    return node.outputs.map((_, i) => cut(data, shape, axis, [i * length, (i + 1) * length]));
  },
};
