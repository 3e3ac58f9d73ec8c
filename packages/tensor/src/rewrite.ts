import { applyAll, type Graph, makeGraph, type Node, type Tensor } from "./graph.ts";
import { mapNamed } from "./named.ts";

/**
 * What takes the place of an operation whose operands are now `inputs`: one tensor for each output, or nothing else. `now` tells
 * what any earlier tensor has become.
 */
export type RewriteRule = (
  node: Node,
  inputs: readonly Tensor[],
  now: (tensor: Tensor) => Tensor,
) => readonly Tensor[] | undefined;

/**
 * Applies the operations of some nodes again, in their order, each by a rule or as it was, and tells what each of their tensors
 * has become. `given` says what stands for inputs.
 */
export function replay(
  nodes: readonly Node[],
  { rule, given = new Map() }: { readonly rule: RewriteRule; readonly given?: ReadonlyMap<Tensor, Tensor> },
): (tensor: Tensor) => Tensor {
  const replacement = new Map(given);
  const now = (tensor: Tensor): Tensor => replacement.get(tensor) ?? tensor;
  for (const node of nodes) {
    if (node.op === "input") continue;
    const inputs = node.inputs.map(now);
    const unchanged = node.inputs.every((tensor, i) => tensor === inputs[i]);
    const outputs = rule(node, inputs, now) ?? (unchanged ? node.outputs : applyAll(node.op, inputs, node.attrs));
    for (const [i, output] of node.outputs.entries())
      if (outputs[i] !== output) replacement.set(output, outputs[i] as Tensor);
  }
  return now;
}

/**
 * An equal program in which a rule has replaced operations. Inputs and results keep their names.
 * @example
 * const graph = trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({ fetches: { y: square(feeds.x) } }));
 * rewrite(graph, (node, [x]) => (node.op === "mul" ? [abs(x as Tensor)] : undefined)).nodes.length; // 2: x, abs
 */
export function rewrite(graph: Graph, rule: RewriteRule): Graph {
  const now = replay(graph.nodes, { rule });
  return makeGraph(graph.inputs, mapNamed(graph.fetches, now), mapNamed(graph.nextState, now));
}
