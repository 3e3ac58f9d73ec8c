import {
  array,
  type DType,
  type Engine,
  f32,
  isGMemError,
  type NDArray,
  referenceEngine,
  trace,
  zeros,
} from "@gmem/tensor";
import { expect } from "vitest";
import { expectRejection } from "../expect-code.ts";
import type { Claim } from "../suite.ts";
import { initialLayer, layerFeeds, momentumStep } from "./momentum.ts";
import { casesGraph, runOnce } from "./run-once.ts";
import { expectClose, referenceSteps } from "./state-claims.ts";

const types: readonly DType[] = ["f32", "f64", "f16", "i32", "bool"];

/** Element types, bad input, aborted runs and the end of an engine. */
export function runClaims(claim: Claim, engine: () => Engine, fresh: () => Promise<Engine>): void {
  claim("types > each one that the engine names goes in and comes out", async () => {
    for (const dtype of engine().dtypes) {
      const x = array([1, 0, 1], [3], dtype);
      expect(
        await runOnce(
          engine(),
          casesGraph([x], (t) => t),
          { x0: x },
        ),
      ).toEqual({ y0: x });
    }
  });

  claim("types > any other is refused before a run", async () => {
    for (const dtype of types.filter((type) => !engine().dtypes.has(type)))
      await expectRejection(async () => {
        await engine().compile(casesGraph([zeros([2], dtype)], (t) => t));
      });
  });

  claim("errors > feeds that do not fit", async () => {
    const graph = trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({ fetches: { y: feeds.x.mul(2) } }));
    const double = await engine().compile(graph);
    await expectRejection(() => double.run({}), "GRAPH");
    await expectRejection(() => double.run({ x: array([1, 2]), z: array([1]) }), "GRAPH");
    await expectRejection(() => double.run({ x: array([1, 2, 3]) }), "SHAPE");
    await expectRejection(() => double.run({ x: array([1, 2], [2], "i32") }), "DTYPE");
    expectClose(await double.run({ x: array([1, 2]) }), { y: array([2, 4]) });
    await double.dispose();
  });

  claim("errors > state that does not fit", async () => {
    await expectRejection(() => engine().compile(momentumStep), "GRAPH");
    const state = await engine().state({ w: zeros([3, 2]), "m/w": zeros([2, 3]) });
    await expectRejection(() => engine().compile(momentumStep, { state: state.scope("m/") }));
    await expectRejection(() => engine().compile(momentumStep, { state }), "SHAPE");
    await state.dispose();
  });

  claim("errors > a state of another engine", async () => {
    const other = await referenceEngine().state(initialLayer());
    if (engine().name === "reference") return;
    await expectRejection(() => engine().compile(momentumStep, { state: other }), "CONFIG");
  });

  claim("abort > a run whose signal is aborted rejects and changes nothing", async () => {
    const state = await engine().state(initialLayer());
    const step = await engine().compile(momentumStep, { state });
    await expectRejection(() => step.run(layerFeeds(0), { signal: AbortSignal.abort() }), "ABORTED");
    expectClose(await state.read(), initialLayer());
    await step.run(layerFeeds(0), { signal: new AbortController().signal });
    expectClose(await state.read(), referenceSteps(1).state);
    await step.dispose();
    await state.dispose();
  });

  claim("abort > a run that is aborted later happens wholly or not at all", async () => {
    const state = await engine().state({ a: array([0]), b: array([0]) });
    const graph = trace({ feeds: {}, state: { a: f32(1), b: f32(1) } }, ({ state: { a, b } }) => ({
      fetches: {},
      nextState: { a: a.add(1), b: b.add(1) },
    }));
    const step = await engine().compile(graph, { state });
    const controller = new AbortController();
    const runs = [1, 2, 3].map(() => step.run({}, { signal: controller.signal }));
    controller.abort();
    for (const outcome of await Promise.allSettled(runs))
      if (outcome.status === "rejected") expect(isGMemError(outcome.reason, "ABORTED")).toBe(true);
    const { a, b } = (await state.read()) as { readonly a: NDArray; readonly b: NDArray };
    expect(a.data[0]).toBe(b.data[0]);
    const before = a.data[0] as number;
    await step.run({});
    expectClose(await state.read(), { a: array([before + 1]), b: array([before + 1]) });
    await step.dispose();
    await state.dispose();
  });

  claim("dispose > what has been disposed says so", async () => {
    const own = await fresh();
    const state = await own.state(initialLayer());
    const step = await own.compile(momentumStep, { state });
    await step.dispose();
    await expectRejection(() => step.run(layerFeeds(0)));
    expectClose(await state.read(), initialLayer());
    await state.dispose();
    await expectRejection(() => state.read());
    await own.dispose();
    await expectRejection(() => own.state(initialLayer()));
    await expectRejection(() => own.compile(momentumStep));
  });

  claim("dispose > a second time does nothing", async () => {
    const own = await fresh();
    const state = await own.state(initialLayer());
    const step = await own.compile(momentumStep, { state });
    for (const thing of [step, step, state, state, own, own]) await thing.dispose();
  });
}
