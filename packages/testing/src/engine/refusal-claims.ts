import {
  argMax,
  array,
  cast,
  concat,
  constant,
  type Engine,
  f32,
  type Graph,
  gather,
  i32,
  maximum,
  minimum,
  type NDArray,
  scatterAdd,
  sum,
  type Tensor,
  trace,
} from "@gmem/tensor";
import { expect } from "vitest";
import { expectRejection } from "../expect-code.ts";
import type { Claim } from "../suite.ts";
import { expectClose } from "./state-claims.ts";

const table = array([10, 11, 20, 21, 30, 31], [3, 2]);
const rows = (...values: number[]): NDArray => array(values, [values.length], "i32");

/** Rows of a table in the state by indices that a function makes of the feeds; the state counts runs. */
const lookup = (indices: (feeds: { readonly i: Tensor; readonly x: Tensor }) => Tensor): Graph =>
  trace({ feeds: { i: i32(2), x: f32(2) }, state: { table, runs: f32() } }, ({ feeds, state }) => ({
    fetches: { y: gather(state.table, indices(feeds)), x: feeds.x },
    nextState: { runs: state.runs.add(1) },
  }));

/** What no device may answer in its own way: rows outside a table, and axes without elements. */
export function refusalClaims(claim: Claim, engine: () => Engine): void {
  const x = array([0.5, 7.5]);

  claim("indices > one outside the table is refused before the run, which changes nothing", async () => {
    const state = await engine().state({ table, runs: array([0], []) });
    const ways = [
      (i: Tensor) => i,
      (i: Tensor) => concat([i.reshape([2, 1]), constant(array([1, 2], [2, 1], "i32"))], 0).reshape([4]),
      (i: Tensor) => i.add(constant(array([0], [], "i32"))),
    ];
    for (const way of ways) {
      const find = await engine().compile(
        lookup(({ i }) => way(i)),
        { state },
      );
      for (const outside of [-1, 3, 2 ** 30]) await expectRejection(() => find.run({ i: rows(0, outside), x }), "DATA");
      expect((await find.run({ i: rows(2, 0), x })).y?.data.slice(0, 4)).toEqual(Float32Array.of(30, 31, 10, 11));
      await find.dispose();
    }
    expect((await state.read(["runs"])).runs?.data).toEqual(Float32Array.of(ways.length));
    await state.dispose();
  });

  claim("indices > one that scatterAdd has no row for", async () => {
    const put = trace({ feeds: { i: i32(2), x: f32(2) } }, ({ feeds }) => ({
      fetches: { y: scatterAdd(feeds.i, feeds.x, 3) },
    }));
    const once = await engine().compile(put);
    for (const outside of [-1, 3]) await expectRejection(() => once.run({ i: rows(0, outside), x }), "DATA");
    await once.dispose();
  });

  claim("loop > an index outside the table at any step is refused before the first", async () => {
    const state = await engine().state({ table, runs: array([0], []) });
    const loop = { steps: 2, perStep: ["i"] };
    const twice = await engine().compile(
      lookup(({ i }) => i),
      { state, loop },
    );
    const steps = (...values: number[]): NDArray => array(values, [2, 2], "i32");
    await expectRejection(() => twice.run({ i: steps(0, 1, 2, 3), x }), "DATA");
    await twice.run({ i: steps(0, 1, 2, 2), x });
    expectClose(await state.read(["runs"]), { runs: array([2], []) });
    await twice.dispose();
    await state.dispose();
  });

  claim("indices > what the device computes is held inside the table, or is not compiled", async () => {
    const state = await engine().state({ table, runs: array([0], []) });
    const compiled = (indices: Parameters<typeof lookup>[0]) => engine().compile(lookup(indices), { state });
    await expectRejection(() => compiled(({ x: floats }) => cast(floats, "i32")), "GRAPH");
    const bound = (value: number): Tensor => constant(array([value], [], "i32"));
    const held = await compiled(({ x: floats }) => minimum(maximum(cast(floats, "i32"), bound(0)), bound(2)));
    expectClose(await held.run({ i: rows(0, 0), x }), { y: array([10, 11, 30, 31], [2, 2]), x });
    await held.dispose();
    const best = await compiled(({ i, x: floats }) =>
      argMax(concat([floats.reshape([2, 1]), cast(i, "f32").reshape([2, 1])], 1)),
    );
    expectClose(await best.run({ i: rows(9, 0), x }), { y: array([20, 21, 10, 11], [2, 2]), x });
    await best.dispose();
    await state.dispose();
  });

  claim("shapes > an axis without elements is refused when a graph is compiled", async () => {
    for (const shape of [[0], [2, 0], [0, 3], [1.5]]) {
      const graph = trace({ feeds: { x: f32(...shape) } }, ({ feeds }) => ({ fetches: { y: sum(feeds.x) } }));
      await expectRejection(() => engine().compile(graph), "SHAPE");
    }
    const constants = trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({
      fetches: { y: concat([feeds.x, constant(array([], [0]))], 0) },
    }));
    await expectRejection(() => engine().compile(constants), "SHAPE");
  });
}
