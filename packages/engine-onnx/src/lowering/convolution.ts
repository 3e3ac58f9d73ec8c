import { type Lowerings, name, operand, type Site } from "./site.ts";

type Four = readonly [number, number, number, number];

const shapeOf = (tensor: { readonly shape: readonly number[] }): Four => tensor.shape as Four;

function conv2d({ writer, node, inputs, bias, outputs }: Site<"conv2d">): void {
  const { stride, padding, groups } = node.attrs;
  writer.emitTo(outputs, "Conv", bias === undefined ? inputs : [...inputs, bias], {
    attributes: { strides: stride, pads: padding, group: groups },
  });
}

/** A transposed convolution; `output_padding` gives back the rows and columns that the stride skipped. */
function inputGrad(site: Site<"conv2dInputGrad">): void {
  const { stride, padding, groups, inputShape } = site.node.attrs;
  const dy = shapeOf(operand(site, 0));
  const weight = shapeOf(operand(site, 1));
  const missing = ([0, 1] as const).map((i) => {
    const reached = stride[i] * (dy[2 + i] as number) - stride[i] + (weight[2 + i] as number);
    return (inputShape[2 + i] as number) + padding[i] + padding[(i + 2) as 2 | 3] - reached;
  });
  site.writer.emitTo(site.outputs, "ConvTranspose", site.inputs, {
    attributes: { strides: stride, pads: padding, output_padding: missing, group: groups },
  });
}

/**
 * dW[o,c,i,j] = Σ dy[n,o,h,w]·x[n,c,s·h+i−p,s·w+j−p]: a convolution of x with dy in which batch and channels have changed
 * places and the stride has become a dilation. Groups stay groups: x [N,g·c,H,W] becomes [c,g·N,H,W].
 */
function groupedWeightGrad(site: Site<"conv2dWeightGrad">): void {
  const { writer } = site;
  const { stride, padding, groups, weightShape } = site.node.attrs;
  const [n, c, h, w] = shapeOf(operand(site, 0));
  const swap = { perm: [1, 0, 2, 3] };
  let x = name(site);
  if (groups === 1) x = writer.emit("Transpose", [x], swap);
  else {
    const split = writer.emit("Reshape", [x, writer.reshapeTarget([n, groups, c / groups, h, w])]);
    const turned = writer.emit("Transpose", [split], { perm: [2, 1, 0, 3, 4] });
    x = writer.emit("Reshape", [turned, writer.reshapeTarget([c / groups, groups * n, h, w])]);
  }
  const kernel = writer.emit("Transpose", [name(site, 1)], swap); // [O,N,H′,W′]
  const sums = writer.emit("Conv", [x, kernel], { dilations: stride, pads: padding, group: groups });
  const [, , rows, columns] = shapeOf({ shape: weightShape });
  // rows that a stride left over at the end of the input make the result larger than the kernel
  const borders = [writer.integers([0, 0]), writer.integers([rows, columns]), writer.integers([2, 3])];
  writer.emitTo(site.outputs, "Transpose", [writer.emit("Slice", [sums, ...borders])], { attributes: swap });
}

/** Whether each channel has a small kernel of its own, and nodes cost little. */
function isDepthwise({ node, profile }: Site<"conv2dWeightGrad">): boolean {
  const { groups, weightShape } = node.attrs;
  const [outputs, inputs, rows, columns] = shapeOf({ shape: weightShape });
  return !profile.fewNodes && inputs === 1 && groups === outputs && rows * columns <= 25;
}

/**
 * dW[c,0,i,j] as the sum of dy ⊙ x shifted by (i, j), tap by tap: onnxruntime makes a matrix of every patch for a convolution
 * with groups, of which there are as many as channels here.
 */
function shiftedProducts(site: Site<"conv2dWeightGrad">): void {
  const { writer, node } = site;
  const { stride, padding, weightShape } = node.attrs;
  const [channels, , rows, columns] = shapeOf({ shape: weightShape });
  const [, , height, width] = shapeOf(operand(site, 1));
  const [top, left, bottom, right] = padding;
  const isPadded = padding.some((length) => length > 0);
  const borders = writer.integers([0, 0, top, left, 0, 0, bottom, right]);
  const x = isPadded ? writer.emit("Pad", [name(site), borders]) : name(site);
  const axes = writer.integers([2, 3]);
  // the longest part first, as long as one kernel may add up so many
  const inner = height * width > site.profile.longestSum.part ? [3] : [2, 3];
  const outer = inner.length === 1 ? [0, 2] : [0];
  const taps = Array.from({ length: rows * columns }, (_, tap) => {
    const from = [Math.floor(tap / columns), tap % columns] as const;
    const to = [from[0] + (height - 1) * stride[0] + 1, from[1] + (width - 1) * stride[1] + 1];
    const shifted = writer.emit("Slice", [
      x,
      writer.integers(from),
      writer.integers(to),
      axes,
      writer.integers(stride),
    ]);
    const products = writer.emit("Mul", [shifted, name(site, 1)]); // [N,C,H′,W′]
    const sums = writer.emit("ReduceSum", [products, writer.integers(inner)], { keepdims: 0 });
    const all = writer.emit("ReduceSum", [sums, writer.integers(outer)], { keepdims: 0 }); // [C]
    return writer.emit("Reshape", [all, writer.reshapeTarget([channels, 1])]);
  });
  const joined = writer.emit("Concat", taps, { axis: 1 });
  writer.emitTo(site.outputs, "Reshape", [joined, writer.reshapeTarget(weightShape)]);
}

/** Convolutions and their gradients. */
export const convolution: Lowerings<"conv2d" | "conv2dInputGrad" | "conv2dWeightGrad"> = {
  conv2d,
  conv2dInputGrad: inputGrad,
  conv2dWeightGrad: (site) => (isDepthwise(site) ? shiftedProducts : groupedWeightGrad)(site),
};
