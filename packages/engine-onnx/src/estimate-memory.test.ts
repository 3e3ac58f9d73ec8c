import { f32, grad, recomputed, sum, type Tensor, tanh, trace } from "@gmem/tensor";
import { expect, test } from "vitest";
import { estimateMemory } from "./estimate-memory.ts";

const vector = f32(256); // 1 KiB

test("a chain needs its input, the value being read and the one being written", () => {
  const graph = trace({ feeds: { x: vector } }, ({ feeds: { x } }) => ({ fetches: { y: tanh(tanh(tanh(tanh(x)))) } }));
  expect(estimateMemory(graph)).toEqual({
    state: 0,
    spares: 0,
    feeds: 1024,
    constants: 0,
    activations: 2048,
    total: 3072,
  });
});

test("a reshape takes no memory, and keeps what it looks at", () => {
  const graph = trace({ feeds: { x: vector } }, ({ feeds: { x } }) => {
    const a = tanh(x);
    const view = a.reshape([16, 16]);
    return { fetches: { y: tanh(tanh(a)).reshape([16, 16]).add(view) } };
  });
  expect(estimateMemory(graph).activations).toBe(3 * 1024);
});

test("state that cannot be replaced in place is counted twice", () => {
  const graph = trace({ feeds: {}, state: { w: vector } }, ({ state: { w } }) => ({
    fetches: { y: sum(tanh(w)) },
    nextState: { w: tanh(w) },
  }));
  expect(estimateMemory(graph)).toMatchObject({ state: 1024, spares: 1024 });
});

test("checkpointed blocks need less than kept ones", () => {
  const deep = (remember: (block: (x: Tensor) => Tensor, x: Tensor) => Tensor): number => {
    const block = (x: Tensor): Tensor => tanh(tanh(tanh(tanh(tanh(tanh(x))))));
    const graph = trace({ feeds: { x: vector } }, ({ feeds: { x } }) => {
      let y = x;
      for (let i = 0; i < 6; i++) y = remember(block, y);
      return { fetches: grad(sum(y), { x }) };
    });
    return estimateMemory(graph).activations;
  };
  expect(deep(recomputed)).toBeLessThan(0.6 * deep((block, x) => block(x)));
});
