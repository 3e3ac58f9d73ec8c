import { type Node, sizeOf, type Tensor } from "@gmem/tensor";
import type { AttributeValue } from "../onnx-messages.ts";
import { type Lowerings, name, operand, result, type Site } from "./site.ts";

/** An operand of a matrix product with its last two axes swapped. */
function swapped(site: Site<"matmul">, i: number): string {
  const axes = operand(site, i).shape.map((_, axis) => axis);
  axes.push(...axes.splice(-2).reverse());
  return site.writer.emit("Transpose", [name(site, i)], { perm: axes });
}

/** [… , n, k] as [… · n, k]. */
function flattened(site: Site<"matmul">, i: number): string {
  const { shape } = operand(site, i);
  if (shape.length === 2) return name(site, i);
  const columns = shape.at(-1) as number;
  return site.writer.emit("Reshape", [name(site, i), site.writer.reshapeTarget([sizeOf(shape) / columns, columns])]);
}

/**
 * Products with a 2-D right operand are one `Gemm`, which takes the transpositions, alpha and a bias; batched ones are
 * `FusedMatMul` where onnxruntime's own operators may be used, else `Transpose` and `MatMul`.
 */
function matmul(site: Site<"matmul">): void {
  const { transposeA, transposeB, alpha } = site.node.attrs;
  const isPlain = !transposeA && !transposeB && alpha === 1;
  if (isPlain && site.bias === undefined) site.writer.emitTo(site.outputs, "MatMul", site.inputs);
  else if (isFlat(site.node)) gemm(site);
  else if (site.profile.contrib && operand(site, 0).dtype === "f32")
    site.writer.emitTo(site.outputs, "FusedMatMul", site.inputs, {
      attributes: productAttributes(site),
      contrib: true,
    });
  else transposedMatMul(site);
}

/** Whether the product is one of rows with a matrix, so that `Gemm` can make it. */
export function isFlat({ inputs, attrs }: Node<"matmul">): boolean {
  const [a, b] = inputs as readonly [Tensor, Tensor];
  const isFloat = a.dtype === "f32" || a.dtype === "f64";
  return isFloat && b.rank === 2 && (a.rank === 2 || !attrs.transposeA) && exactAlpha(a, attrs.alpha);
}

const productAttributes = ({ node }: Site<"matmul">): Readonly<Record<string, AttributeValue>> => ({
  transA: Number(node.attrs.transposeA),
  transB: Number(node.attrs.transposeB),
  alpha: { float: node.attrs.alpha },
});

function gemm(site: Site<"matmul">): void {
  const { writer, outputs } = site;
  const operands = [flattened(site, 0), name(site, 1), ...(site.bias === undefined ? [] : [site.bias])];
  const attributes = productAttributes(site);
  if (operand(site, 0).rank === 2) writer.emitTo(outputs, "Gemm", operands, { attributes });
  else {
    const product = writer.emit("Gemm", operands, attributes);
    writer.emitTo(outputs, "Reshape", [product, writer.reshapeTarget(result(site).shape)]);
  }
}

function transposedMatMul(site: Site<"matmul">): void {
  const { writer, outputs, node } = site;
  const { transposeA, transposeB, alpha } = node.attrs;
  const operands = [transposeA ? swapped(site, 0) : name(site, 0), transposeB ? swapped(site, 1) : name(site, 1)];
  if (alpha === 1) writer.emitTo(outputs, "MatMul", operands);
  else writer.emitTo(outputs, "Mul", [writer.emit("MatMul", operands), writer.filled(alpha, operand(site, 0).dtype)]);
}

/** Attributes are float32: a factor of a float64 product may not fit. */
const exactAlpha = (a: Tensor, alpha: number): boolean => a.dtype === "f32" || Math.fround(alpha) === alpha;

const reduce =
  (op: string) =>
  <O extends "reduceSum" | "reduceMean" | "reduceMax" | "reduceSumSquare">(site: Site<O>): void => {
    const { axes, keepDims } = site.node.attrs;
    const { writer, outputs } = site;
    const attributes = { keepdims: Number(keepDims) };
    if (axes.length > 0) writer.emitTo(outputs, op, [name(site), writer.integers(axes)], { attributes });
    // nothing to reduce: the squares, or the values themselves
    else if (op === "ReduceSumSquare") writer.emitTo(outputs, "Mul", [name(site), name(site)]);
    else writer.emitTo(outputs, "Identity", [name(site)]);
  };

/** x̂ = (x − mean)·rstd with rstd = 1/√(var + ε). */
function composedLayerNorm(site: Site<"layerNorm">): void {
  const { writer } = site;
  const { dtype } = operand(site, 0);
  const [xHat, mean, rstd] = site.outputs.map((output) => output || writer.fresh("norm")) as [string, string, string];
  const attributes = { keepdims: 1 };
  const last = writer.integers([-1]);
  writer.emitTo([mean], "ReduceMean", [name(site), last], { attributes });
  const centred = writer.emit("Sub", [name(site), mean]);
  const variance = writer.emit("ReduceMean", [writer.emit("Mul", [centred, centred]), last], attributes);
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
  writer.emitTo(names, "LayerNormalization", [name(site), ones], {
    attributes: { axis: -1, epsilon: { float: site.node.attrs.epsilon } },
  });
}

/** Products, reductions and what runs over the last axis. */
export const linear: Lowerings<
  "matmul" | "reduceSum" | "reduceMean" | "reduceMax" | "reduceSumSquare" | "softmax" | "layerNorm" | "topK" | "argMax"
> = {
  matmul,
  reduceSum: reduce("ReduceSum"),
  reduceMean: reduce("ReduceMean"),
  reduceMax: reduce("ReduceMax"),
  reduceSumSquare: reduce("ReduceSumSquare"),
  softmax: ({ writer, inputs, outputs }: Site<"softmax">): void =>
    writer.emitTo(outputs, "Softmax", inputs, { attributes: { axis: -1 } }),
  layerNorm: (site) =>
    site.profile.fusedLayerNorm && operand(site, 0).dtype === "f32" ? fusedLayerNorm(site) : composedLayerNorm(site),
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
