import { expect, it } from "vitest";
import { cellsOf, listOf } from "./sweep.ts";

it("a sweep asks for one picture of each seed, guidance and number of steps, columns last", () => {
  const cells = cellsOf({ run: "mine", rows: [3], count: 4 }, { steps: [4, 8], guidance: [1, 2], seed: [0] });
  expect(cells.map(({ steps, guidance, seed, count }) => [seed, guidance, steps, count])).toEqual([
    [0, 1, 4, 1],
    [0, 1, 8, 1],
    [0, 2, 4, 1],
    [0, 2, 8, 1],
  ]);
  expect(cells.every(({ rows }) => rows?.[0] === 3)).toBe(true);
});

it("a list of numbers is read once each, another text not", () => {
  expect(listOf("4, 8 8;16")).toEqual([4, 8, 16]);
  for (const text of ["", "4, x", "-1"]) expect(listOf(text)).toBeUndefined();
});
