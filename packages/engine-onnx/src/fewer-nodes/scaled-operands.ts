import { type Graph, type Node, rewrite, sizeOf, type Tensor } from "@gmem/tensor";
import { isFlat } from "../lowering/linear.ts";

/**
 * A factor of a batched product goes to its smaller operand: `MatMul` has none, and the scores of attention are larger than
 * the keys that they are made of.
 */
export const scaledOperands = (graph: Graph): Graph =>
  rewrite(graph, (node, [a, b]) => {
    if (node.op !== "matmul" || !a || !b) return undefined;
    const product = node as Node<"matmul">;
    const { alpha, ...sides } = product.attrs;
    if (alpha === 1 || isFlat(product)) return undefined;
    const isLeft = sizeOf(a.shape) < sizeOf(b.shape);
    return [(isLeft ? a.mul(alpha) : a).matmul(isLeft ? (b as Tensor) : b.mul(alpha), sides)];
  });
