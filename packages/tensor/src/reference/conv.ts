import type { Shape } from "../aval.ts";
import { sizeOf } from "../aval.ts";
import type { Conv2dAttrs } from "../op.ts";
import { type Kernel, operand, shapeOf } from "./kernel.ts";

interface Taps {
  readonly x: Shape;
  readonly weight: Shape;
  readonly y: Shape;
  readonly attrs: Conv2dAttrs;
}

/** Visits every product y[·] += x[·] · w[·] of a convolution, by position; zeros of the padding are left out. */
function taps({ x, weight, y, attrs }: Taps, visit: (y: number, x: number, w: number) => void): void {
  const [n, c, h, w] = x as [number, number, number, number];
  const [o, cg, kh, kw] = weight as [number, number, number, number];
  const [, , rows, columns] = y as [number, number, number, number];
  const { stride, padding, groups } = attrs;
  for (let image = 0; image < n; image++)
    for (let out = 0; out < o; out++) {
      const firstChannel = Math.floor(out / (o / groups)) * cg;
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          const at = ((image * o + out) * rows + i) * columns + j;
          for (let channel = 0; channel < cg; channel++)
            for (let ki = 0; ki < kh; ki++) {
              const row = i * stride[0] + ki - padding[0];
              if (row < 0 || row >= h) continue;
              for (let kj = 0; kj < kw; kj++) {
                const column = j * stride[1] + kj - padding[1];
                if (column < 0 || column >= w) continue;
                const from = ((image * c + firstChannel + channel) * h + row) * w + column;
                visit(at, from, ((out * cg + channel) * kh + ki) * kw + kj);
              }
            }
        }
    }
}

const plus = (out: Float64Array, i: number, value: number): void => {
  out[i] = (out[i] as number) + value;
};

export const conv: { readonly [O in "conv2d" | "conv2dInputGrad" | "conv2dWeightGrad"]: Kernel<O> } = {
  conv2d: (node, inputs) => {
    const [x, weight] = [operand(inputs, 0), operand(inputs, 1)];
    const y = new Float64Array(sizeOf(shapeOf(node)));
    taps({ x: x.shape, weight: weight.shape, y: shapeOf(node), attrs: node.attrs }, (at, from, w) => {
      plus(y, at, (x.data[from] as number) * (weight.data[w] as number));
    });
    return [y];
  },
  conv2dInputGrad: (node, inputs) => {
    const [dy, weight] = [operand(inputs, 0), operand(inputs, 1)];
    const dx = new Float64Array(sizeOf(node.attrs.inputShape));
    taps({ x: node.attrs.inputShape, weight: weight.shape, y: dy.shape, attrs: node.attrs }, (at, from, w) => {
      plus(dx, from, (dy.data[at] as number) * (weight.data[w] as number));
    });
    return [dx];
  },
  conv2dWeightGrad: (node, inputs) => {
    const [x, dy] = [operand(inputs, 0), operand(inputs, 1)];
    const dWeight = new Float64Array(sizeOf(node.attrs.weightShape));
    taps({ x: x.shape, weight: node.attrs.weightShape, y: dy.shape, attrs: node.attrs }, (at, from, w) => {
      plus(dWeight, w, (x.data[from] as number) * (dy.data[at] as number));
    });
    return [dWeight];
  },
};
