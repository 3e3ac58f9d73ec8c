import { type Lowerings, name, operand, result, type Site } from "./site.ts";

/** Operations that move elements and compute nothing. */
export const arrange: Lowerings<
  "reshape" | "transpose" | "broadcast" | "concat" | "slice" | "pad" | "split" | "gather" | "scatterAdd"
> = {
  reshape: (site: Site<"reshape">): void => {
    const target = site.writer.reshapeTarget(site.node.attrs.shape);
    site.writer.emitTo(site.outputs, "Reshape", [name(site), target]);
  },
  transpose: ({ writer, node, inputs, outputs }: Site<"transpose">): void =>
    writer.emitTo(outputs, "Transpose", inputs, { attributes: { perm: node.attrs.permutation } }),
  broadcast: (site: Site<"broadcast">): void => {
    const target = site.writer.expandTarget(site.node.attrs.shape);
    site.writer.emitTo(site.outputs, "Expand", [name(site), target]);
  },
  concat: ({ writer, node, inputs, outputs }: Site<"concat">): void =>
    writer.emitTo(outputs, "Concat", inputs, { attributes: { axis: node.attrs.axis } }),
  slice: (site: Site<"slice">): void => {
    const { writer, node } = site;
    const { axis, start, end } = node.attrs;
    const length = operand(site, 0).shape[axis] as number;
    const borders = [writer.border(start, length), writer.border(end, length)];
    writer.emitTo(site.outputs, "Slice", [name(site), ...borders, writer.integers([axis])]);
  },
  pad: (site: Site<"pad">): void => {
    const { before, after } = site.node.attrs;
    const padded = operand(site, 0).shape.filter((_, axis) => before[axis] !== 0 || after[axis] !== 0);
    site.writer.batch?.refuse("pad along the batch", padded);
    site.writer.emitTo(site.outputs, "Pad", [name(site), site.writer.integers([...before, ...after])]);
  },
  split: (site: Site<"split">): void => {
    const { axis, parts } = site.node.attrs;
    const names = site.outputs.map((output) => output || site.writer.fresh("unused"));
    site.writer.emitTo(names, "Split", [name(site)], { attributes: { axis, num_outputs: parts } });
  },
  gather: ({ writer, inputs, outputs }: Site<"gather">): void =>
    writer.emitTo(outputs, "Gather", inputs, { attributes: { axis: 0 } }),
  scatterAdd: (site: Site<"scatterAdd">): void => {
    const { writer, node } = site;
    const { dtype, shape } = result(site);
    writer.batch?.refuse("scatterAdd over the batch", [node.attrs.rows]);
    const zeros = writer.emit("Expand", [writer.filled(0, dtype), writer.integers(shape)]);
    const long = writer.emit("Cast", [name(site)], { to: 7 });
    const indices = writer.emit("Unsqueeze", [long, writer.integers([-1])]);
    writer.emitTo(site.outputs, "ScatterND", [zeros, indices, name(site, 1)], { attributes: { reduction: "add" } });
  },
};
