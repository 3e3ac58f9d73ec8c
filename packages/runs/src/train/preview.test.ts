import { array } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { pairedRows } from "./preview.ts";

/** Pictures of one pixel, all channels the same. */
const pictures = (values: readonly number[]) =>
  array(Float32Array.from(values.flatMap((value) => [value, value, value])), [values.length, 3, 1, 1]);
const valuesOf = (values: readonly number[], samples: readonly number[], columns: number): number[] =>
  [...pairedRows(pictures(values), pictures(samples), { columns }).data].filter((_, i) => i % 3 === 0);

describe("pictures with their samples", () => {
  it("stand one above the other, in rows that are not full too", () => {
    expect(valuesOf([2, 3, 4, 5], [12, 13, 14, 15], 2)).toEqual([2, 3, 12, 13, 4, 5, 14, 15]);
    expect(valuesOf([2, 3, 4], [12, 13, 14], 2)).toEqual([2, 3, 12, 13, 4, 1, 14, 1]);
    expect(valuesOf([2], [12], 3)).toEqual([2, 1, 1, 12, 1, 1]);
  });
});
