import { array, constant, f32, sum, sumSquare, trace } from "@gmem/tensor";
import { expect, test } from "vitest";
import { inPlaceUpdates } from "./in-place.ts";

const shape = f32(2, 2);

test("an update whose other readers all come before it is written in place", () => {
  const graph = trace({ feeds: { x: shape }, state: { w: shape } }, ({ feeds: { x }, state: { w } }) => {
    const gradient = x.matmul(w).mul(sumSquare(w));
    return { fetches: {}, nextState: { w: w.sub(gradient.mul(0.1)) } };
  });
  expect([...inPlaceUpdates(graph)]).toEqual(["w"]);
});

test("an update beside which the old value is still read gets memory of its own", () => {
  const graph = trace({ feeds: { x: shape }, state: { w: shape } }, ({ feeds: { x }, state: { w } }) => ({
    fetches: { y: sum(x.matmul(w)) },
    nextState: { w: w.sub(x) },
  }));
  expect([...inPlaceUpdates(graph)]).toEqual([]);
});

test("a reader through a reshape counts as a reader", () => {
  const graph = trace({ feeds: { x: shape }, state: { w: shape } }, ({ feeds: { x }, state: { w } }) => ({
    fetches: { y: w.reshape([4]).mul(2) },
    nextState: { w: w.sub(x) },
  }));
  expect([...inPlaceUpdates(graph)]).toEqual([]);
});

test("values that change places, are fetched as they were, or are constant get memory of their own", () => {
  const graph = trace(
    { feeds: { x: shape }, state: { a: shape, b: shape, c: shape, d: shape } },
    ({ feeds: { x }, state: { a, b, c } }) => ({
      fetches: { old: c },
      nextState: { a: b, b: a, c: c.add(x), d: constant(array([1, 2, 3, 4], [2, 2])) },
    }),
  );
  expect([...inPlaceUpdates(graph)]).toEqual([]);
});

test("an update whose product reads the value it is added to gets memory of its own", () => {
  const graph = trace({ feeds: { x: shape }, state: { w: shape } }, ({ feeds: { x }, state: { w } }) => ({
    fetches: {},
    nextState: { w: w.add(w.matmul(x)) },
  }));
  expect([...inPlaceUpdates(graph)]).toEqual([]);
});
