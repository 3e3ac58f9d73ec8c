import { expect, it } from "vitest";
import { nearestTo, type Point, within } from "./lasso.ts";

/** A U: what lies between its arms is outside. */
const u: readonly Point[] = [
  [0, 0],
  [10, 0],
  [10, 10],
  [7, 10],
  [7, 3],
  [3, 3],
  [3, 10],
  [0, 10],
];

it("a loop holds the points inside it, whichever way round it was drawn", () => {
  const points: readonly Point[] = [
    [1, 5],
    [5, 5],
    [8, 8],
    [5, 1],
    [11, 5],
  ];
  expect(within(points, u)).toEqual([0, 2, 3]);
  expect(within(points, u.toReversed())).toEqual([0, 2, 3]);
  expect(within(points, u.slice(0, 2))).toEqual([]);
});

it("a click takes the nearest point in reach", () => {
  const points: readonly Point[] = [
    [0, 0],
    [10, 0],
  ];
  expect(nearestTo([6, 0], points, 5)).toBe(1);
  expect(nearestTo([5, 20], points, 5)).toBeUndefined();
});
