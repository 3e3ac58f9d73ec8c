import { type Aval, bytesPerElement, type Graph, type Node, type OpName, sizeOf, type Tensor } from "@gmem/tensor";

/** Bytes of an array. */
export const bytesOf = ({ dtype, shape }: Aval): number => bytesPerElement(dtype) * sizeOf(shape);

/** Results that are another look at their operand's memory. */
const views: ReadonlySet<OpName> = new Set(["reshape", "stopGradient"]);

/** The tensor whose memory a value lies in. */
function owner(tensor: Tensor): Tensor {
  let source = tensor;
  while (views.has(source.node.op)) source = source.node.inputs[0] as Tensor;
  return source;
}

/**
 * Largest sum of intermediate values that live at one moment when nodes run in the given order and each value is freed
 * after its last reader, in bytes. Fetches stay to the end; new state has memory of its own and is not counted.
 */
export function peakOfActivations(graph: Graph, order: readonly Node[]): number {
  const lastReader = new Map<Tensor, Node>();
  for (const node of order) for (const tensor of node.inputs) lastReader.set(owner(tensor), node);
  const inState = new Set(Object.values(graph.nextState).map(owner));
  const kept = new Set([...Object.values(graph.fetches).map(owner), ...inState]);
  const freed = new Map<Node, Tensor[]>();
  for (const [tensor, node] of lastReader) {
    const isOutside = tensor.node.op === "input" || tensor.node.op === "constant" || kept.has(tensor);
    if (!isOutside) freed.set(node, [...(freed.get(node) ?? []), tensor]);
  }
  let live = 0;
  let peak = 0;
  for (const node of order) {
    const makesNothing = node.op === "input" || node.op === "constant" || views.has(node.op);
    for (const tensor of makesNothing ? [] : node.outputs)
      if (!inState.has(tensor) && (lastReader.has(tensor) || kept.has(tensor))) live += bytesOf(tensor);
    peak = Math.max(peak, live);
    for (const tensor of freed.get(node) ?? []) live -= bytesOf(tensor);
  }
  return peak;
}
