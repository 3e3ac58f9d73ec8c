import { f32, type Graph, grad, recomputed, scalar, sum, sumSquare, type Tensor, tanh, trace } from "@gmem/tensor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "./heap.ts";
import { executionOrder, nodeOrder } from "./node-order.ts";
import { peakOfActivations } from "./peak.ts";

test("a heap sorts", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a - b);
      for (const number of numbers) heap.push(number);
      expect(numbers.map(() => heap.pop())).toEqual([...numbers].sort((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});

/** Layers of products, each computed again in the backward pass, and the norm of all gradients in the order of layers. */
function clippedStep(depth: number): Graph {
  const names = Array.from({ length: depth }, (_, i) => `w${i}`);
  const state = Object.fromEntries(names.map((name) => [name, f32(8, 8)]));
  return trace({ feeds: { x: f32(64, 8) }, state }, ({ feeds, state: weights }) => {
    const block = (w: Tensor) => (x: Tensor) => tanh(tanh(tanh(x.matmul(w))));
    const y = names.reduce((x, name) => recomputed(block(weights[name] as Tensor), x), feeds.x);
    const gradients = grad(sum(y), weights);
    const norm = names.map((name) => sumSquare(gradients[name] as Tensor)).reduce((a, b) => a.add(b), scalar(0));
    const next = names.map((name) => [name, (weights[name] as Tensor).sub((gradients[name] as Tensor).div(norm))]);
    return { fetches: { norm }, nextState: Object.fromEntries(next) };
  });
}

test("written and executed orders hold every node once, after what it reads", () => {
  const graph = clippedStep(5);
  const { written, executed } = nodeOrder(graph);
  for (const order of [written, executed]) {
    const position = new Map(order.map((node, i) => [node, i]));
    expect(position.size).toBe(graph.nodes.length);
    for (const node of order)
      for (const { node: source } of node.inputs)
        expect(position.get(source)).toBeLessThan(position.get(node) as number);
  }
});

test("recomputed blocks are not kept although the norm asks for the first layer first", () => {
  const graph = clippedStep(12);
  const asTraced = peakOfActivations(graph, graph.nodes);
  expect(peakOfActivations(graph, executionOrder(graph.nodes))).toBeGreaterThan(1.5 * asTraced);
  expect(nodeOrder(graph).peak).toBeLessThan(1.2 * asTraced);
});
