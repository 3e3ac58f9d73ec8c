import { array, key } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { type CaptionVectors, drawTexts } from "./index.ts";

/** Three captions, none, one. */
const texts: CaptionVectors = {
  dim: 2,
  encoderId: "mine",
  vectors: array([1, 10, 2, 20, 3, 30, 4, 40], [4, 2]),
  first: Int32Array.of(0, 3, 3, 4),
};

describe("drawTexts", () => {
  it("takes the first caption without a key, and zeros of a row that has none", () => {
    const { shape, data } = drawTexts(texts, Int32Array.of(2, 1, 0));
    expect(shape).toEqual([3, 2]);
    expect(Array.from(data)).toEqual([4, 40, 0, 0, 1, 10]);
  });

  it("draws each of a row's captions as often, and a sample by its own key", () => {
    const many = drawTexts(texts, new Int32Array(3000), key(1));
    const counts = [1, 2, 3].map((caption) => many.data.filter((value) => value === caption).length);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(100); // 4 σ
    const some = drawTexts(texts, Int32Array.of(0, 2, 0), key(1));
    expect(Array.from(some.data.subarray(4))).toEqual(Array.from(many.data.subarray(4, 6)));
    expect(drawTexts(texts, new Int32Array(3000), key(1))).toEqual(many);
  });

  it("takes the vector that a caption shares with others", () => {
    const shared = { ...texts, first: Int32Array.of(0, 1, 1, 3), which: Int32Array.of(3, 1, 3) };
    expect(Array.from(drawTexts(shared, Int32Array.of(0, 2)).data)).toEqual([4, 40, 2, 20]);
  });

  it("refuses rows that are not there", () => {
    for (const row of [-1, 3]) expect(() => drawTexts(texts, Int32Array.of(row))).toThrow(/rows must be 0…2/);
  });
});
