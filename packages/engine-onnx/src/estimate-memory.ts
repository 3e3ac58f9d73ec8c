import {
  type Aval,
  bytesPerElement,
  type Graph,
  type Named,
  type Node,
  type OpName,
  sizeOf,
  type Tensor,
} from "@gmem/tensor";
import { inPlaceUpdates } from "./in-place.ts";

/** What a run of a graph needs, in bytes. */
export interface MemoryEstimate {
  /** What `engine.state` already holds. */
  readonly state: number;
  /** Second buffers of the entries that cannot be replaced in place. */
  readonly spares: number;
  readonly feeds: number;
  readonly constants: number;
  /** Largest sum of intermediate values that live at one moment, fetches included. */
  readonly activations: number;
  readonly total: number;
}

const bytesOf = ({ dtype, shape }: Aval): number => bytesPerElement(dtype) * sizeOf(shape);
const bytesOfAll = (values: Named<Aval>): number => Object.values(values).reduce((sum, aval) => sum + bytesOf(aval), 0);

/** Results that are another look at their operand's memory. */
const views: ReadonlySet<OpName> = new Set(["reshape", "stopGradient"]);

/**
 * Memory that a run of the graph will take, known before anything is compiled: state, feeds, constants, and the peak of
 * the values between them when nodes run in order and each value is freed after its last reader. Runtimes add their own
 * working space (about a tenth).
 * @example
 * const graph = trace({ feeds: { x: f32(256, 256) } }, ({ feeds }) => ({ fetches: { y: feeds.x.matmul(feeds.x) } }));
 * estimateMemory(graph).total; // 524288 bytes: x and y
 */
export function estimateMemory(graph: Graph): MemoryEstimate {
  const replaced = inPlaceUpdates(graph);
  const doubled = Object.entries(graph.nextState).filter(([name]) => !replaced.has(name));
  const state = bytesOfAll(graph.state);
  const spares = bytesOfAll(Object.fromEntries(doubled));
  const feeds = bytesOfAll(graph.feeds);
  const constants = graph.nodes
    .filter((node) => node.op === "constant")
    .reduce((sum, node) => sum + bytesOfNode(node), 0);
  const activations = peakOfActivations(graph);
  const total = state + spares + feeds + constants + activations;
  return { state, spares, feeds, constants, activations, total };
}

const bytesOfNode = (node: Node): number => node.outputs.reduce((sum, tensor) => sum + bytesOf(tensor), 0);

/** The tensor whose memory a value lies in. */
function owner(tensor: Tensor): Tensor {
  let source = tensor;
  while (views.has(source.node.op)) source = source.node.inputs[0] as Tensor;
  return source;
}

function peakOfActivations(graph: Graph): number {
  const lastReader = new Map<Tensor, Node>();
  for (const node of graph.nodes) for (const tensor of node.inputs) lastReader.set(owner(tensor), node);
  const inState = new Set(Object.values(graph.nextState).map(owner));
  const kept = new Set([...Object.values(graph.fetches).map(owner), ...inState]);
  const freed = new Map<Node, Tensor[]>();
  for (const [tensor, node] of lastReader) {
    const isOutside = tensor.node.op === "input" || tensor.node.op === "constant" || kept.has(tensor);
    if (!isOutside) freed.set(node, [...(freed.get(node) ?? []), tensor]);
  }
  let live = 0;
  let peak = 0;
  for (const node of graph.nodes) {
    const makesNothing = node.op === "input" || node.op === "constant" || views.has(node.op);
    for (const tensor of makesNothing ? [] : node.outputs)
      if (!inState.has(tensor) && (lastReader.has(tensor) || kept.has(tensor))) live += bytesOf(tensor);
    peak = Math.max(peak, live);
    for (const tensor of freed.get(node) ?? []) live -= bytesOf(tensor);
  }
  return peak;
}
