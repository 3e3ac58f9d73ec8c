import type { Node, Shape } from "@gmem/tensor";
import type { Value } from "../tensorflow.ts";
import { cut, transposed, zeroPadded } from "./arrange.ts";
import { type Backend, type Lowerings, operand, result, type Step } from "./backend.ts";
import { patchConvolution, patchInputGrad, patchWeightGrad, type Sizes } from "./patches.ts";

type Pair = (first: Value, second: Value) => Value;
const imagesLast = [0, 2, 3, 1] as const; // NCHW → NHWC
const imagesFirst = [0, 3, 1, 2] as const;
const filter = [2, 3, 1, 0] as const; // OIHW → HWIO, its own inverse up to the order of O and I

/** What tf's kernels for whole convolutions take: channels last, padding done, one group. */
function frame(backend: Backend, { x, weight, y, attrs: { stride, padding } }: Sizes) {
  const [n, c, h, w] = x as [number, number, number, number];
  const [top, left, bottom, right] = padding;
  const full = [n, c, h + top + bottom, w + left + right] as const;
  const pad = zeroPadded(backend, x, [
    [0, 0],
    [0, 0],
    [top, bottom],
    [left, right],
  ]);
  const last = transposed(backend, full, imagesLast);
  const order = (shape: Shape, axes: readonly number[]): number[] => axes.map((axis) => shape[axis] as number);
  const inputShape = order(full, imagesLast);
  const filterShape = order(weight, filter);
  const rows = cut(backend, full, { axis: 2, start: top, end: top + h });
  const columns = cut(backend, [n, c, h, full[3]], { axis: 3, start: left, end: left + w });
  const first = transposed(backend, inputShape, imagesFirst);
  return {
    attributes: { strides: [...stride], pad: "valid", dataFormat: "NHWC" },
    inputShape,
    filterShape,
    images: (value: Value): Value => last(pad(value)),
    imagesBack: (value: Value): Value => columns(rows(first(value))),
    results: transposed(backend, y, imagesLast),
    resultsBack: transposed(backend, order(y, imagesLast), imagesFirst),
    filters: transposed(backend, weight, filter),
    filtersBack: transposed(backend, filterShape, [3, 2, 0, 1]),
  };
}

/** tf's kernel where there is one for it; patches and a product for groups, and on backends without it. */
const either = (
  node: Node<"conv2d" | "conv2dInputGrad" | "conv2dWeightGrad">,
  backend: Backend,
  forms: { readonly kernel: string; readonly whole: () => Pair; readonly patches: () => Pair },
): Step => {
  if (result(node).dtype !== "f32") backend.refuse("tf convolves floats; cast the operands to f32");
  const form = node.attrs.groups === 1 && backend.has(forms.kernel) ? forms.whole() : forms.patches();
  return form as Step;
};

export const convolution: Lowerings<"conv2d" | "conv2dInputGrad" | "conv2dWeightGrad"> = {
  conv2d: (node, backend) => {
    const { attrs } = node;
    const sizes = { x: operand(node).shape, weight: operand(node, 1).shape, y: result(node).shape, attrs };
    return either(node, backend, {
      kernel: "Conv2D",
      patches: () => patchConvolution(backend, sizes),
      whole: () => {
        const { images, filters, resultsBack, attributes } = frame(backend, sizes);
        const run = backend.kernel("Conv2D");
        return (x, weight) =>
          resultsBack(run({ x: images(x), filter: filters(weight) }, { ...attributes, dilations: [1, 1] }));
      },
    });
  },
  conv2dInputGrad: (node, backend) => {
    const { attrs } = node;
    const sizes = { x: attrs.inputShape, weight: operand(node, 1).shape, y: operand(node).shape, attrs };
    return either(node, backend, {
      kernel: "Conv2DBackpropInput",
      patches: () => patchInputGrad(backend, sizes),
      whole: () => {
        const { results, filters, imagesBack, attributes, inputShape } = frame(backend, sizes);
        const run = backend.kernel("Conv2DBackpropInput");
        return (dy, weight) =>
          imagesBack(run({ dy: results(dy), filter: filters(weight) }, { ...attributes, inputShape }));
      },
    });
  },
  conv2dWeightGrad: (node, backend) => {
    const { attrs } = node;
    const sizes = { x: operand(node).shape, weight: attrs.weightShape, y: operand(node, 1).shape, attrs };
    return either(node, backend, {
      kernel: "Conv2DBackpropFilter",
      patches: () => patchWeightGrad(backend, sizes),
      whole: () => {
        const { images, results, filtersBack, attributes, filterShape } = frame(backend, sizes);
        const run = backend.kernel("Conv2DBackpropFilter");
        return (x, dy) => filtersBack(run({ x: images(x), dy: results(dy) }, { ...attributes, filterShape }));
      },
    });
  },
};
