import { array, f32 } from "@gmem/tensor";
import { expect, it } from "vitest";
import { batchOf, rowOf } from "./rows.ts";

it("a batch holds what slots give now, idle rows elsewhere, and in the same arrays each time", () => {
  const fill = batchOf({ x: f32(3, 2), t: f32(3), isNull: f32(3) });
  const first = fill(new Map([[1, { x: [1, 2], t: [0.25], isNull: [0] }]]));
  expect([first.x, first.t, first.isNull].map((one) => Array.from(one?.data ?? []))).toEqual([
    [0, 0, 1, 2, 0, 0],
    [0.5, 0.25, 0.5],
    [1, 0, 1],
  ]);
  const second = fill(new Map([[2, { x: [3, 4], t: [0.75], isNull: [0] }]]));
  expect(Array.from(second.x?.data ?? [])).toEqual([0, 0, 0, 0, 3, 4]);
  expect(second.x?.data).toBe(first.x?.data);
});

it("a row is what its slot has", () => {
  expect([...rowOf(array([1, 2, 3, 4, 5, 6], [3, 2]), 1)]).toEqual([3, 4]);
});
