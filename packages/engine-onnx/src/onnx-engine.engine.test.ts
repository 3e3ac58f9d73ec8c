import { array, f32, trace } from "@gmem/tensor";
import { expect, test } from "vitest";
import { onnxEngine } from "./onnx-engine.ts";

test("a graph runs, and its state is kept between runs", async () => {
  const engine = await onnxEngine();
  const graph = trace({ feeds: { x: f32(2) }, state: { s: f32(2) } }, ({ feeds, state }) => {
    const s = state.s.add(feeds.x);
    return { fetches: { y: s.mul(2) }, nextState: { s } };
  });
  const state = await engine.state({ s: array([1, 2]) });
  const step = await engine.compile(graph, { state });
  const x = array([10, 20]);
  expect([...((await step.run({ x })).y?.data ?? [])]).toEqual([22, 44]);
  expect([...((await step.run({ x })).y?.data ?? [])]).toEqual([42, 84]);
  expect([...((await state.read()).s?.data ?? [])]).toEqual([21, 42]);
  expect([...x.data]).toEqual([10, 20]);
  await engine.dispose();
});
