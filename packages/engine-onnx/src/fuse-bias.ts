import type { Graph, Node, Tensor } from "@gmem/tensor";
import { isFlat } from "./lowering/linear.ts";

/** A product or convolution and what is added to each of its columns or channels: one node in ONNX. */
export interface BiasFusion {
  readonly product: Node;
  /** [O]. */
  readonly bias: Tensor;
}

/**
 * The additions of a graph that can be part of the product or convolution before them, with that. The sum would cost a
 * pass over the whole result; the operators begin with the bias instead of 0.
 */
export function biasFusions(graph: Graph): ReadonlyMap<Node, BiasFusion> {
  const uses = new Map<Tensor, number>();
  const count = (tensor: Tensor): unknown => uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(count);
  for (const results of [graph.fetches, graph.nextState]) Object.values(results).forEach(count);
  const found = new Map<Node, BiasFusion>();
  for (const node of graph.nodes) {
    if (node.op !== "add") continue;
    const [a, b] = node.inputs as readonly [Tensor, Tensor];
    const fusion = fused(a, b) ?? fused(b, a);
    if (fusion && uses.get(fusion.product.outputs[0] as Tensor) === 1) found.set(node, fusion);
  }
  return found;
}

function fused(y: Tensor, added: Tensor): BiasFusion | undefined {
  if (y.dtype !== "f32" && y.dtype !== "f16") return undefined;
  const bias = y.node.op === "conv2d" ? perChannel(y, added) : y.node.op === "matmul" ? perColumn(y, added) : undefined;
  return bias && { product: y.node, bias };
}

/** [O] of [1,O,1,1], for y [N,O,H,W]. */
function perChannel(y: Tensor, added: Tensor): Tensor | undefined {
  const source = added.node.op === "reshape" ? (added.node.inputs[0] as Tensor) : undefined;
  const isBias = source?.rank === 1 && String(added.shape) === String([1, y.shape[1], 1, 1]);
  return isBias ? source : undefined;
}

/** [O] for y [… ,O], the product of rows with one matrix. */
const perColumn = (y: Tensor, added: Tensor): Tensor | undefined =>
  added.rank === 1 && added.shape[0] === y.shape.at(-1) && isFlat(y.node as Node<"matmul">) ? added : undefined;
