import type { Graph, Node, Tensor } from "@gmem/tensor";
import { peakOfActivations } from "./peak.ts";

/** An order of the nodes in the file, the order in which onnxruntime then runs them, and what that needs. */
export interface Schedule {
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
export function schedule(graph: Graph): Schedule {
  const candidates = [graph.nodes, reversedWhereFree(graph.nodes)].map((written): Schedule => {
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

/** The nodes in another valid order: whatever was traced early comes as late as its readers allow. */
function reversedWhereFree(nodes: readonly Node[]): readonly Node[] {
  const readers = new Map<Node, number>();
  for (const node of nodes) for (const source of sourcesOf(node)) readers.set(source, (readers.get(source) ?? 0) + 1);
  const ready = new MinHeap();
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

/** Nodes by ascending id. */
class MinHeap {
  readonly #nodes: Node[] = [];

  push(node: Node): void {
    const heap = this.#nodes;
    let i = heap.length;
    heap.push(node);
    for (let parent = (i - 1) >> 1; i > 0 && (heap[parent] as Node).id > node.id; parent = (i - 1) >> 1) {
      heap[i] = heap[parent] as Node;
      i = parent;
    }
    heap[i] = node;
  }

  pop(): Node | undefined {
    const heap = this.#nodes;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as Node).id < (heap[child] as Node).id) child++;
      if ((heap[child] as Node).id >= last.id) break;
      heap[i] = heap[child] as Node;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}
