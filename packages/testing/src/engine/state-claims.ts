import {
  array,
  type DeviceState,
  type Engine,
  evaluate,
  f32,
  type Named,
  type NDArray,
  trace,
  zeros,
} from "@gmem/tensor";
import { expect } from "vitest";
import "../allclose.ts";
import { expectRejection } from "../expect-code.ts";
import type { Claim } from "../suite.ts";
import { initialLayer, layerFeeds, momentumStep } from "./momentum.ts";

const close = { atol: 2e-5, rtol: 1e-4 };

/** Compares named arrays one by one. */
export function expectClose(got: Named<NDArray>, want: Named<NDArray>): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(want).sort());
  for (const [name, value] of Object.entries(want)) expect(got[name] as NDArray).toBeAllclose(value, close);
}

/** The state after some steps, and each step's loss, by the reference. */
export function referenceSteps(count: number): { readonly state: Named<NDArray>; readonly losses: readonly number[] } {
  let state = initialLayer();
  const losses: number[] = [];
  for (let i = 0; i < count; i++) {
    const { fetches, nextState } = evaluate(momentumStep, layerFeeds(i), state);
    losses.push(fetches.loss?.data[0] as number);
    state = { ...state, ...nextState };
  }
  return { state, losses };
}

const plusOne = trace({ feeds: {}, state: { w: f32(2) } }, ({ state: { w } }) => ({
  fetches: { before: w },
  nextState: { w: w.add(1) },
}));

/** State stays on the device, is replaced in place, shared and seen through scopes. */
export function stateClaims(claim: Claim, engine: () => Engine): void {
  const withState = async (initial: Named<NDArray>, test: (state: DeviceState) => Promise<void>): Promise<void> => {
    const state = await engine().state(initial);
    try {
      await test(state);
    } finally {
      await state.dispose();
    }
  };

  claim("state > follows the reference over several steps", () =>
    withState(initialLayer(), async (state) => {
      const step = await engine().compile(momentumStep, { state });
      const { state: want, losses } = referenceSteps(4);
      for (const [i, loss] of losses.entries())
        expect((await step.run(layerFeeds(i))).loss as NDArray).toBeAllclose(array([loss], []), close);
      expectClose(await state.read(), want);
      await step.dispose();
    }),
  );

  claim("state > runs keep the order in which they were asked for", () =>
    withState({ w: array([0, 0]) }, async (state) => {
      const step = await engine().compile(plusOne, { state });
      const results = await Promise.all([step.run({}), step.run({}), step.run({})]);
      expect(results.map(({ before }) => before?.data[0])).toEqual([0, 1, 2]);
      await step.dispose();
    }),
  );

  claim("state > next values are all computed from the old ones", () =>
    withState({ a: array([1, 2]), b: array([3, 4]) }, async (state) => {
      const graph = trace({ feeds: {}, state: { a: f32(2), b: f32(2) } }, ({ state: { a, b } }) => ({
        fetches: { sum: a.add(b) },
        nextState: { a: b, b: a },
      }));
      const swap = await engine().compile(graph, { state });
      expectClose(await swap.run({}), { sum: array([4, 6]) });
      expectClose(await state.read(), { a: array([3, 4]), b: array([1, 2]) });
      await swap.run({});
      expectClose(await state.read(), { a: array([1, 2]), b: array([3, 4]) });
      await swap.dispose();
    }),
  );

  claim("state > two programs share it", () =>
    withState({ w: array([1, 2]), other: array([5]) }, async (state) => {
      const graph = trace({ feeds: {}, state: { w: f32(2) } }, ({ state: { w } }) => ({
        fetches: { twice: w.mul(2) },
      }));
      const step = await engine().compile(plusOne, { state });
      const look = await engine().compile(graph, { state });
      await step.run({});
      expectClose(await look.run({}), { twice: array([4, 6]) });
      expectClose(await state.read(["other"]), { other: array([5]) });
      await step.dispose();
      expectClose(await look.run({}), { twice: array([4, 6]) });
      await look.dispose();
    }),
  );

  claim("state > is copied in and out", () =>
    withState({ w: array([1, 2]) }, async (state) => {
      const step = await engine().compile(plusOne, { state });
      const given = array([3, 4]);
      await state.write({ w: given });
      given.data[0] = 99;
      const { before } = await step.run({});
      const first = (await state.read()).w as NDArray;
      await step.run({});
      expect(before as NDArray).toBeAllclose([3, 4]);
      expect(first).toBeAllclose([4, 5]);
      first.data[0] = 99;
      expectClose(await state.read(), { w: array([5, 6]) });
      await step.dispose();
    }),
  );

  claim("state > what is fixed is read by programs, and neither written nor replaced", async () => {
    const w = array([1, 2, 3, 4, 5, 6], [3, 2]);
    const state = await engine().state(
      { "model/w": w, "model/b": array([1, 1]), x: zeros([2, 3]) },
      { fixed: ["model/w"] },
    );
    const model = state.scope("model/");
    const layer = trace(
      { feeds: { x: f32(2, 3) }, state: { w: f32(3, 2), b: f32(2) } },
      ({ feeds, state: { w, b } }) => ({
        fetches: { y: feeds.x.matmul(w).add(b) },
      }),
    );
    const run = await engine().compile(layer, { state: model });
    const x = array([1, 0, 0, 0, 1, 1], [2, 3]);
    expectClose(await run.run({ x }), { y: array([2, 3, 9, 11], [2, 2]) });
    await model.write({ b: array([0, 0]) });
    expectClose(await run.run({ x }), { y: array([1, 2, 8, 10], [2, 2]) });
    await expectRejection(() => model.write({ w, b: array([5, 5]) }), "CONFIG");
    await expectRejection(() => state.write({ "model/w": w }), "CONFIG");
    const replacing = trace({ feeds: {}, state: { w: f32(3, 2) } }, ({ state: { w } }) => ({
      fetches: {},
      nextState: { w: w.mul(2) },
    }));
    await expectRejection(() => engine().compile(replacing, { state: model }), "GRAPH");
    await expectRejection(() => engine().state({ w }, { fixed: ["v"] }), "GRAPH");
    expectClose(await state.read(), { "model/w": w, "model/b": array([0, 0]), x: zeros([2, 3]) });
    await run.dispose();
    await state.dispose();
  });

  claim("scope > shows the same storage under shorter names", () =>
    withState({ "ema/w": array([1, 2]), "ema/v": array([0]), w: array([7, 7]) }, async (state) => {
      const ema = state.scope("ema/");
      expect(Object.keys(ema.avals).sort()).toEqual(["v", "w"]);
      const step = await engine().compile(plusOne, { state: ema });
      await step.run({});
      expectClose(await ema.read(["w"]), { w: array([2, 3]) });
      await ema.write({ v: array([4]) });
      expectClose(await state.read(), { "ema/w": array([2, 3]), "ema/v": array([4]), w: array([7, 7]) });
      await ema.dispose();
      await state.scope("").dispose();
      await step.run({});
      expectClose(await state.read(["ema/w"]), { "ema/w": array([3, 4]) });
      await step.dispose();
    }),
  );

  claim("scope > refuses a prefix that no name has", () =>
    withState({ w: array([1]) }, async (state) => {
      await expectRejection(async () => state.scope("ema/"), "GRAPH");
    }),
  );

  claim("state > refuses unknown names and other shapes, and stays as it was", () =>
    withState({ w: array([1, 2]) }, async (state) => {
      await expectRejection(() => state.write({ v: array([1]) }), "SHAPE");
      await expectRejection(() => state.write({ w: array([1]) }), "SHAPE");
      await expectRejection(() => state.read(["v"]), "SHAPE");
      expectClose(await state.read(), { w: array([1, 2]) });
    }),
  );
}
