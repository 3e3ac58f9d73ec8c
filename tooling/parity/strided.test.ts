import { array } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { keptOf } from "./strided.ts";

describe("what a file keeps of a map", () => {
  const map = array(
    Array.from({ length: 2 * 5 * 5 }, (_, i) => i),
    [2, 1, 5, 5],
  );

  it("is every step-th row and column of the first images, by the step that is told where it fits", () => {
    expect([...keptOf(map, [1, 1, 2, 2], 4).data]).toEqual([0, 4, 20, 24]);
    expect([...keptOf(map, [1, 1, 2, 2], undefined).data]).toEqual([0, 3, 15, 18]);
    expect([...keptOf(map, [1, 1, 3, 3], 4).data]).toEqual([0, 2, 4, 10, 12, 14, 20, 22, 24]);
  });

  it("is the whole where nothing says otherwise", () => {
    expect(keptOf(map, [2, 1, 5, 5], 4)).toEqual({ ...map, data: map.data });
    expect(keptOf(map, undefined, 4).shape).toEqual([2, 1, 5, 5]);
  });
});
