import { type Node, sizeOf, Tensor } from "@gmem/tensor";
import { type AttributeValue, elementCode } from "../onnx-messages.ts";
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
  const isFloat = a.dtype === "f32" || a.dtype === "f64" || a.dtype === "f16";
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
const exactAlpha = (a: Tensor, alpha: number): boolean => a.dtype !== "f64" || Math.fround(alpha) === alpha;

/**
 * A product of float16 numbers where there is no kernel for it: onnxruntime would compute in float32 by itself, and leave out
 * that the operands are rounded.
 */
function widened(site: Site<"matmul">): void {
  const { writer, node, inputs, bias, outputs } = site;
  const widen = (name: string): string => writer.emit("Cast", [name], { to: elementCode.f32 });
  const product = writer.fresh("matmul");
  matmul({
    ...site,
    node: { ...node, inputs: node.inputs.map((x) => new Tensor(x.node, x.index, { dtype: "f32", shape: x.shape })) },
    inputs: inputs.map(widen),
    ...(bias === undefined ? {} : { bias: widen(bias) }),
    outputs: [product],
  });
  writer.emitTo(outputs, "Cast", [product], { attributes: { to: elementCode.f16 } });
}

/** Products of matrices. */
export const linear: Lowerings<"matmul"> = {
  matmul: (site) => {
    const isHalf = operand(site, 0).dtype === "f16" && !site.profile.halfProducts;
    (isHalf ? widened : matmul)(site);
  },
};
