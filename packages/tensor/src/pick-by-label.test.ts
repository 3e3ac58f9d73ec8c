import { expect, test } from "vitest";
import { array, isGMemError, meanRow, type PickOptions, pickByLabel, rowsByLabel } from "./index.ts";

const labels = Int32Array.from({ length: 40 }, (_, row) => [3, 0, -1, 1][row < 3 ? 0 : row % 4] as number);
const options = { perClass: 4, pick: "random", seed: 7 } as const satisfies PickOptions;

test("rows are grouped by label, ascending, without those that have none", () => {
  const groups = rowsByLabel(labels);
  expect([...groups.keys()]).toEqual([0, 1, 3]);
  for (const [label, rows] of groups)
    expect([...rows]).toEqual([...labels.keys()].filter((row) => labels[row] === label));
});

test("Random@k draws k different rows of each class, all of a short one, by the seed", () => {
  const short = Int32Array.of(5, 0, 0, 5, 5, 5, 5);
  const picked = pickByLabel(short, options);
  expect(picked.map(({ label, available, groups }) => [label, available, groups.length])).toEqual([
    [0, 2, 2],
    [5, 5, 4],
  ]);
  for (const { label, groups } of picked) {
    const rows = groups.flatMap((group) => [...group]);
    expect(new Set(rows).size).toBe(groups.length);
    for (const row of rows) expect(short[row]).toBe(label);
  }
  expect(pickByLabel(labels, options)).toEqual(pickByLabel(labels, options));
  expect(pickByLabel(labels, options)).not.toEqual(pickByLabel(labels, { ...options, seed: 8 }));
});

test("Average@k deals every row of a class to one of k groups of equal size", () => {
  for (const { label, groups } of pickByLabel(labels, { ...options, pick: "average" })) {
    const sizes = groups.map((group) => group.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    const rows = groups.flatMap((group) => [...group]).sort((a, b) => a - b);
    expect(rows).toEqual([...(rowsByLabel(labels).get(label) ?? [])]);
  }
});

test("what is drawn heads the order that the groups are dealt from", () => {
  const drawn = pickByLabel(labels, options).flatMap(({ groups }) => groups.map(([row]) => row));
  const dealt = pickByLabel(labels, { ...options, pick: "average" }).flatMap(({ groups }) =>
    groups.map(([row]) => row),
  );
  expect(dealt).toEqual(drawn);
});

test("k must be a positive integer", () => {
  for (const perClass of [0, -1, 1.5])
    expect(() => pickByLabel(labels, { ...options, perClass })).toThrow(
      expect.toSatisfy((error) => isGMemError(error, "CONFIG")),
    );
});

test("a mean row is of unit length on request, and zero where rows cancel", () => {
  const rows = array([3, 0, 3, 8], [2, 2]);
  expect([...meanRow(rows).data]).toEqual([3, 4]);
  expect(meanRow(rows, { unit: true }).data).toEqual(Float32Array.of(0.6, 0.8));
  expect([...meanRow(array([1, -1, -1, 1], [2, 2]), { unit: true }).data]).toEqual([0, 0]);
});
