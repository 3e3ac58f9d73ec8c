import "@gmem/testing";
import { describe, expect, it } from "vitest";
import { array, evaluate, exp, f32, referenceEngine, sum, trace } from "./index.ts";

describe("evaluate", () => {
  const graph = trace({ feeds: { x: f32(3) } }, ({ feeds }) => ({ fetches: { y: exp(feeds.x), s: sum(feeds.x) } }));

  it("returns float32 by default and float64 when asked", () => {
    const feeds = { x: array([0, 1, 2]) };
    expect(evaluate(graph, feeds).fetches.y?.dtype).toBe("f32");
    const { y } = evaluate(graph, feeds, {}, { precision: "f64" }).fetches;
    expect(y?.dtype).toBe("f64");
    expect(y).toBeAllclose([1, Math.E, Math.E ** 2], { rtol: 1e-15, atol: 0 });
  });

  it("rounds every value on the way when asked, as a device does", () => {
    const graph = trace({ feeds: { x: f32(1) } }, ({ feeds: { x } }) => ({ fetches: { y: x.add(1).sub(1) } }));
    const feeds = { x: array([2 ** -30]) };
    expect(evaluate(graph, feeds).fetches.y?.data[0]).toBe(2 ** -30);
    expect(evaluate(graph, feeds, {}, { rounded: true }).fetches.y?.data[0]).toBe(0);
  });

  it("says which feed is missing and which has another shape", () => {
    expect(() => evaluate(graph, {})).toThrow('evaluate: needs f32 [3] for feed "x", got nothing');
    expect(() => evaluate(graph, { x: array([1]) })).toThrow('evaluate: feed "x" must be [3], got [1]');
  });
});

describe("referenceEngine", () => {
  it("replaces state in place", async () => {
    const engine = referenceEngine();
    const state = await engine.state({ w: array([1, 2]) });
    const graph = trace({ feeds: { g: f32(2) }, state: { w: f32(2) } }, ({ feeds, state }) => ({
      fetches: {},
      nextState: { w: state.w.sub(feeds.g) },
    }));
    const step = await engine.compile(graph, { state });
    await step.run({ g: array([1, 1]) });
    await step.run({ g: array([0.5, 0]) });
    expect((await state.read()).w).toBeAllclose([-0.5, 1]);
  });
});
