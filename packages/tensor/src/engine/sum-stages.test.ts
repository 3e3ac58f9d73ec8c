import { expect, test } from "vitest";
import { sizeOf } from "../aval.ts";
import { type SumStages, sumStages } from "./sum-stages.ts";

/** What each stage adds up, and what is left at the end. */
function followed({ merged, stages, left }: SumStages): { readonly longest: number; readonly left: readonly number[] } {
  let [shape, longest] = [merged, 0];
  for (const { from, zeros, split, axis } of stages) {
    expect(from).toEqual(shape);
    expect(sizeOf(split)).toBe(sizeOf(from.map((n, i) => n + (zeros[i] as number))));
    longest = Math.max(longest, split[axis] as number);
    shape = split.toSpliced(axis, 1);
  }
  expect(left).toEqual(shape);
  return { longest, left };
}

test("no stage adds more than 256 numbers, and what is not summed is left", () => {
  for (const [shape, axes, left] of [
    [[4_194_304], [0], []],
    [[2, 32, 4_194_304], [2], [64]],
    [[1_000_003, 3], [0], [3]], // a prime: zeros are appended
    [
      [7, 2, 5000, 3],
      [0, 2],
      [2, 3],
    ],
    [[12], [0], []],
  ] as const)
    expect(followed(sumStages(shape, axes))).toEqual({ longest: expect.toSatisfy((n) => n <= 256), left: [...left] });
});

test("rows divide the fixed part of a length, and no zeros are appended to one that is not fixed", () => {
  const batch = 13;
  const fixed = (length: number): number => (length % batch === 0 ? length / batch : length);
  const { merged, stages } = sumStages([13, 3, 32, 32], [0, 1, 2, 3], { fixed });
  expect(merged).toEqual([13 * 3072]);
  expect(stages.map(({ zeros, split, axis }) => ({ zeros, split, axis }))).toEqual([
    { zeros: [0], split: [156, 256], axis: 1 },
    { zeros: [0], split: [156], axis: 0 },
  ]);
  expect(sumStages([13 * 1031], [0], { fixed }).stages.map(({ split }) => split)).toEqual([[13 * 1031]]);
});
