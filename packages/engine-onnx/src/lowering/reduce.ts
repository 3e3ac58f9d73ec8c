import { type Shape, sizeOf, sumStages } from "@gmem/tensor";
import { type Lowerings, name, operand, result, type Site } from "./site.ts";

type SumOp = "ReduceSum" | "ReduceMean" | "ReduceSumSquare";
type SumSite = Site<"reduceSum"> | Site<"reduceMean"> | Site<"reduceSumSquare"> | Site<"layerNorm">;

interface Sum {
  /** Of what is added up. */
  readonly shape: Shape;
  readonly axes: readonly number[];
  /** Of the result, which has ones where axes are kept. */
  readonly target: Shape;
}

/** One kernel, or several in turn where one would add up so many numbers that it drifts. */
function emitSum(site: SumSite, op: SumOp, x: string, sum: Sum & { readonly output: string }): void {
  const { writer } = site;
  const { shape, axes, target, output } = sum;
  if (isLong(site, sum)) stagedSum(site, op, x, sum);
  else {
    const attributes = { keepdims: Number(target.length === shape.length) };
    writer.emitTo([output], op, [x, writer.integers(axes)], { attributes });
  }
}

/** Whether a kernel that adds these up alone would drift. */
function isLong({ profile, node }: SumSite, { shape, axes }: Sum): boolean {
  const { whole, part } = profile.longestSum;
  const count = sizeOf(axes.map((axis) => shape[axis] as number));
  return node.inputs[0]?.dtype === "f32" && count > (axes.length === shape.length ? whole : part);
}

/** Rows of equal length: the mean of their means is the mean of all. Where zeros were appended, a factor makes up for them. */
function stagedSum({ writer }: SumSite, op: SumOp, x: string, sum: Sum & { readonly output: string }): void {
  const { batch } = writer;
  const fixed = (length: number): number => (batch?.holds(length) ? length / batch.size : length);
  let [value, factor] = [x, 1];
  for (const [i, { from, zeros, split, axis }] of sumStages(sum.shape, sum.axes, { fixed }).stages.entries()) {
    if (zeros.some((count) => count > 0)) {
      const flat = writer.emit("Reshape", [value, writer.reshapeTarget(from)]);
      value = writer.emit("Pad", [flat, writer.integers([...from.map(() => 0), ...zeros])]);
      if (op === "ReduceMean") factor *= sizeOf(split) / sizeOf(from);
    }
    const rows = writer.emit("Reshape", [value, writer.reshapeTarget(split)]);
    const kernel = op === "ReduceSumSquare" && i > 0 ? "ReduceSum" : op;
    value = writer.emit(kernel, [rows, writer.integers([axis])], { keepdims: 0 });
  }
  if (factor !== 1) value = writer.emit("Mul", [value, writer.filled(factor, "f32")]);
  writer.emitTo([sum.output], "Reshape", [value, writer.reshapeTarget(sum.target)]);
}

const sum =
  (op: SumOp) =>
  (site: Site<"reduceSum"> | Site<"reduceMean"> | Site<"reduceSumSquare">): void => {
    const { axes } = site.node.attrs;
    const { writer, outputs } = site;
    const [output] = outputs as readonly [string];
    const shapes = { shape: operand(site, 0).shape, target: result(site).shape };
    if (axes.length > 0) emitSum(site, op, name(site), { ...shapes, axes, output });
    // nothing to reduce: the squares, or the values themselves
    else if (op === "ReduceSumSquare") writer.emitTo(outputs, "Mul", [name(site), name(site)]);
    else writer.emitTo(outputs, "Identity", [name(site)]);
  };

/** x̂ = (x − mean)·rstd with rstd = 1/√(var + ε). */
function composedLayerNorm(site: Site<"layerNorm">): void {
  const { writer } = site;
  const { dtype, shape } = operand(site, 0);
  const [xHat, mean, rstd] = site.outputs.map((output) => output || writer.fresh("norm")) as [string, string, string];
  const over = { shape, axes: [shape.length - 1], target: result(site, 1).shape };
  emitSum(site, "ReduceMean", name(site), { ...over, output: mean });
  const centred = writer.emit("Sub", [name(site), mean]);
  const variance = writer.fresh("variance");
  emitSum(site, "ReduceMean", writer.emit("Mul", [centred, centred]), { ...over, output: variance });
  const shifted = writer.emit("Add", [variance, writer.filled(site.node.attrs.epsilon, dtype)]);
  writer.emitTo([rstd], "Reciprocal", [writer.emit("Sqrt", [shifted])]);
  writer.emitTo([xHat], "Mul", [centred, rstd]);
}

function fusedLayerNorm(site: Site<"layerNorm">): void {
  const { writer, outputs } = site;
  const { dtype, shape } = operand(site, 0);
  const ones = writer.filled(1, dtype, [shape.at(-1) as number]);
  const used = outputs[1] || outputs[2] ? outputs : outputs.slice(0, 1);
  const names = used.map((output) => output || writer.fresh("unused"));
  let x = name(site);
  if (site.profile.centresFirst) {
    const over = { shape, axes: [shape.length - 1], target: result(site, 1).shape };
    const mean = outputs[1] || writer.fresh("mean");
    emitSum(site, "ReduceMean", x, { ...over, output: mean });
    x = writer.emit("Sub", [x, mean]);
    if (names[1]) names[1] = writer.fresh("zero");
  }
  writer.emitTo(names, "LayerNormalization", [x, ones], {
    attributes: { axis: -1, epsilon: { float: site.node.attrs.epsilon } },
  });
}

/** Reductions, and what runs over the last axis. */
export const reduce: Lowerings<
  "reduceSum" | "reduceMean" | "reduceMax" | "reduceSumSquare" | "softmax" | "layerNorm" | "topK" | "argMax"
> = {
  reduceSum: sum("ReduceSum"),
  reduceMean: sum("ReduceMean"),
  reduceMax: (site: Site<"reduceMax">): void => {
    const { axes, keepDims } = site.node.attrs;
    const { writer, outputs } = site;
    const attributes = { keepdims: Number(keepDims) };
    if (axes.length > 0) writer.emitTo(outputs, "ReduceMax", [name(site), writer.integers(axes)], { attributes });
    else writer.emitTo(outputs, "Identity", [name(site)]);
  },
  reduceSumSquare: sum("ReduceSumSquare"),
  softmax: ({ writer, inputs, outputs }: Site<"softmax">): void =>
    writer.emitTo(outputs, "Softmax", inputs, { attributes: { axis: -1 } }),
  layerNorm: (site) => {
    const { dtype, shape } = operand(site, 0);
    const fits = dtype === "f32" && (shape.at(-1) as number) <= site.profile.fusedLayerNorm;
    (fits ? fusedLayerNorm : composedLayerNorm)(site);
  },
  topK: (site: Site<"topK">): void => {
    const { writer, outputs } = site;
    const values = outputs[0] || writer.fresh("unused");
    const long = writer.fresh("indices");
    const attributes = { axis: -1, largest: 1, sorted: 1 };
    writer.emitTo([values, long], "TopK", [name(site), writer.integers([site.node.attrs.k])], { attributes });
    if (outputs[1]) writer.emitTo([outputs[1]], "Cast", [long], { attributes: { to: 6 } });
  },
  argMax: (site: Site<"argMax">): void => {
    const long = site.writer.emit("ArgMax", [name(site)], { axis: -1, keepdims: 0, select_last_index: 0 });
    site.writer.emitTo(site.outputs, "Cast", [long], { attributes: { to: 6 } });
  },
};
