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
function weightGrad(site: Site<"conv2dWeightGrad">): void {
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

/** Convolutions and their gradients. */
export const convolution: Lowerings<"conv2d" | "conv2dInputGrad" | "conv2dWeightGrad"> = {
  conv2d,
  conv2dInputGrad: inputGrad,
  conv2dWeightGrad: weightGrad,
};
