import { array, type Engine, f32, type NDArray, stack, trace } from "@gmem/tensor";
import { expect } from "vitest";
import { expectRejection } from "../expect-code.ts";
import type { Claim } from "../suite.ts";
import { initialLayer, layerFeeds, momentumStep } from "./momentum.ts";
import { expectClose, referenceSteps } from "./state-claims.ts";

const steps = 3;

/** The feeds of several steps, stacked along a new first axis. */
function stacked(name: "x" | "y"): NDArray<"f32"> {
  const parts = Array.from({ length: steps }, (_, i) => layerFeeds(i)[name]);
  return stack(parts);
}

const feeds = (): { x: NDArray; y: NDArray; rate: NDArray } => ({
  x: stacked("x"),
  y: stacked("y"),
  rate: layerFeeds(0).rate,
});

/** A loop is the same as its steps one by one. */
export function loopClaims(claim: Claim, engine: () => Engine): void {
  claim("loop > leaves the state and gives the results of single runs", async () => {
    const state = await engine().state(initialLayer());
    const loop = await engine().compile(momentumStep, { state, loop: { steps, perStep: ["x", "y"] } });
    const { losses, state: want } = referenceSteps(steps);
    expectClose(await loop.run(feeds()), { loss: array(losses) });
    expectClose(await state.read(), want);
    await loop.dispose();
    await state.dispose();
  });

  claim("loop > of one step, and without state", async () => {
    const graph = trace({ feeds: { x: f32(2), k: f32() } }, ({ feeds: { x, k } }) => ({
      fetches: { y: x.mul(k), k },
    }));
    const k = array([3], []);
    const one = await engine().compile(graph, { loop: { steps: 1, perStep: ["x"] } });
    expectClose(await one.run({ x: array([1, 2], [1, 2]), k }), { y: array([3, 6], [1, 2]), k: array([3]) });
    await one.dispose();
    const two = await engine().compile(graph, { loop: { steps: 2, perStep: ["x"] } });
    const x = array([1, 2, 3, 4], [2, 2]);
    expectClose(await two.run({ x, k }), { y: array([3, 6, 9, 12], [2, 2]), k: array([3, 3]) });
    await two.dispose();
  });

  claim("loop > refuses step counts, names and feeds that do not fit", async () => {
    const state = await engine().state(initialLayer());
    const compile = (loop: { steps: number; perStep: readonly string[] }) => (): Promise<unknown> =>
      engine().compile(momentumStep, { state, loop });
    await expectRejection(compile({ steps: 0, perStep: [] }), "GRAPH");
    await expectRejection(compile({ steps: 1.5, perStep: [] }), "GRAPH");
    await expectRejection(compile({ steps: 2, perStep: ["z"] }), "GRAPH");
    const loop = await engine().compile(momentumStep, { state, loop: { steps, perStep: ["x"] } });
    await expectRejection(() => loop.run(feeds()), "SHAPE");
    await loop.dispose();
    expect(Object.keys(state.avals).sort()).toEqual(["m/w", "w"]);
    await state.dispose();
  });
}
