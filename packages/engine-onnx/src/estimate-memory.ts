import type { Aval, Graph, Named, Node } from "@gmem/tensor";
import { inPlaceUpdates } from "./in-place.ts";
import { nodeOrder } from "./node-order.ts";
import { bytesOf } from "./peak.ts";

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

const bytesOfAll = (values: Named<Aval>): number => Object.values(values).reduce((sum, aval) => sum + bytesOf(aval), 0);

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
  const activations = nodeOrder(graph).peak;
  const total = state + spares + feeds + constants + activations;
  return { state, spares, feeds, constants, activations, total };
}

const bytesOfNode = (node: Node): number => node.outputs.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
