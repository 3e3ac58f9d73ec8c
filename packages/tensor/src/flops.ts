import type { Shape } from "./aval.ts";
import { sizeOf } from "./aval.ts";
import type { Graph, Node } from "./graph.ts";
import type { OpAttrs } from "./op.ts";

/**
 * Floating-point operations of the graph's matrix products and convolutions, two for each multiplication with its
 * addition, as papers count them. Element-wise work, reductions and norms are not counted. A graph that holds gradients
 * counts those too: about three times its forward pass.
 * @example
 * const graph = trace({ feeds: { x: f32(8, 16), w: f32(16, 4) } }, ({ feeds }) => ({ fetches: { y: feeds.x.matmul(feeds.w) } }));
 * flops(graph); // 1024: 2 · 8 · 16 · 4
 */
export function flops(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + 2 * multiplications(node), 0);
}

function multiplications(node: Node): number {
  const shapeOf = (i: number): Shape => node.inputs[i]?.shape ?? [];
  switch (node.op) {
    case "matmul": {
      const { transposeA } = node.attrs as OpAttrs["matmul"];
      return results(node) * (shapeOf(0).at(transposeA ? -2 : -1) as number); // [… ,m,n] sums over k
    }
    case "conv2d":
      return results(node) * kernel(shapeOf(1)); // [N,O,H′,W′] · C/groups·kh·kw
    case "conv2dInputGrad":
      return sizeOf(shapeOf(0)) * kernel(shapeOf(1));
    case "conv2dWeightGrad":
      return sizeOf(shapeOf(1)) * kernel((node.attrs as OpAttrs["conv2dWeightGrad"]).weightShape);
    default:
      return 0;
  }
}

const results = (node: Node): number => sizeOf(node.outputs[0]?.shape ?? [0]);
/** Multiplications for one result of a convolution with a weight [O,C/groups,kh,kw]. */
const kernel = (weight: Shape): number => sizeOf(weight.slice(1));
