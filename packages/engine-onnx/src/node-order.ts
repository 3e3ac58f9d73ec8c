import type { Graph, Node, Tensor } from "@gmem/tensor";
import { Heap } from "./heap.ts";
import { peakOfActivations } from "./peak.ts";

/** An order of the nodes in the file, the order in which onnxruntime then runs them, and what that needs. */
export interface NodeOrder {
  readonly written: readonly Node[];
  readonly executed: readonly Node[];
  /** Bytes of intermediate values that live at once. */
  readonly peak: number;
}

/**
 * The order in which a graph is best written. onnxruntime does not run nodes as they stand in the file: it walks from
 * the results back to the inputs, last node first, so the order of the file decides how long values are kept. A train
 * step whose weight gradients are asked for from the first layer on keeps the activations of all layers to the end.
 */
export function nodeOrder(graph: Graph): NodeOrder {
  const orders = [graph.nodes, fromTheEnd(graph.nodes, scalarsLate), fromTheEnd(graph.nodes, earlyLate)];
  const candidates = orders.map((written): NodeOrder => {
    const executed = executionOrder(written);
    return { written, executed, peak: peakOfActivations(graph, executed) };
  });
  return candidates.reduce((best, next) => (next.peak < best.peak ? next : best));
}

const sourcesOf = (node: Node): readonly Node[] => [...new Set(node.inputs.map((tensor: Tensor) => tensor.node))];

/** onnxruntime's walk: depth first from the nodes that nothing reads, the later in the file the earlier. */
export function executionOrder(written: readonly Node[]): readonly Node[] {
  const position = new Map(written.map((node, i) => [node, i] as const));
  const read = new Set(written.flatMap(sourcesOf));
  const stack: { readonly node: Node; readonly isDone: boolean }[] = [];
  for (const node of written) if (!read.has(node)) stack.push({ node, isDone: false });
  const visited = new Set<Node>();
  const order: Node[] = [];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, isDone } = top;
    if (isDone) order.push(node);
    if (isDone || visited.has(node)) continue;
    visited.add(node);
    stack.push({ node, isDone: true });
    const sources = sourcesOf(node).filter((source) => !visited.has(source));
    sources.sort((a, b) => (position.get(a) as number) - (position.get(b) as number));
    for (const source of sources) stack.push({ node: source, isDone: false });
  }
  return order;
}

/** Which of two nodes shall come later in the file: negative for the first. */
type Later = (a: Node, b: Node) => number;

/** Numbers just before they are used, the rest as it was traced: norms over gradients begin with the last layer's. */
const scalarsLate: Later = (a, b) => Number(isScalar(b)) - Number(isScalar(a)) || b.id - a.id;
/** What was traced early comes as late as its readers allow. */
const earlyLate: Later = (a, b) => a.id - b.id;

const isScalar = (node: Node): boolean => node.outputs.every((tensor) => tensor.shape.every((length) => length === 1));

/** A valid order, filled from its end with nodes whose readers all stand there already. */
function fromTheEnd(nodes: readonly Node[], later: Later): readonly Node[] {
  const readers = new Map<Node, number>();
  for (const node of nodes) for (const source of sourcesOf(node)) readers.set(source, (readers.get(source) ?? 0) + 1);
  const ready = new Heap(later);
  for (const node of nodes) if (!readers.has(node)) ready.push(node);
  const reversed: Node[] = [];
  for (let node = ready.pop(); node; node = ready.pop()) {
    reversed.push(node);
    for (const source of sourcesOf(node)) {
      const left = (readers.get(source) as number) - 1;
      readers.set(source, left);
      if (left === 0) ready.push(source);
    }
  }
  return reversed.reverse();
}
