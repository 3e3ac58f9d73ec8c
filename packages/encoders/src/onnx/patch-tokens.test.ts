import { array, key, type NDArray } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { hasPlaces, patchTokens } from "./patch-tokens.ts";

const nchw = { layout: "NCHW" } as const;
const row = (x: NDArray<"f32">, i: number, t: number): number[] => {
  const [, length = 0, d = 0] = x.shape;
  return Array.from(x.data.subarray((i * length + t) * d, (i * length + t + 1) * d));
};

describe("tokens of patches", () => {
  it("are the last square of tokens: class and register tokens come first", () => {
    const tokens = key(0).normal([2, 1 + 4 + 9, 3]);
    const patches = patchTokens("e", tokens, { grid: 3, ...nchw });
    expect(patches.shape).toEqual([2, 9, 3]);
    for (const i of [0, 1]) for (const t of [0, 4, 8]) expect(row(patches, i, t)).toEqual(row(tokens, i, 5 + t));
  });

  it("are the pixels of maps, in rows", () => {
    const map = key(1).normal([2, 3, 4, 4]);
    const patches = patchTokens("e", map, { grid: 4, ...nchw });
    const at = (i: number, c: number, y: number, x: number): number =>
      map.data[((i * 3 + c) * 4 + y) * 4 + x] as number;
    expect(row(patches, 1, 4 * 2 + 3)).toEqual([0, 1, 2].map((c) => at(1, c, 2, 3)));
    const last = array(Float32Array.from(patches.data), [2, 4, 4, 3]);
    expect(patchTokens("e", last, { grid: 4, layout: "NHWC" })).toEqual(patches);
  });

  it("are interpolated to another grid: halves are means, a ramp stays one", () => {
    const ramp = array(
      Float32Array.from({ length: 16 * 2 }, (_, i) => (i % 2 === 0 ? Math.floor(i / 8) : (i >> 1) % 4)),
      [1, 16, 2],
    );
    const smaller = patchTokens("e", ramp, { grid: 2, ...nchw });
    expect(row(smaller, 0, 0)[0]).toBeCloseTo(row(smaller, 0, 1)[0] as number, 6); // down the rows alone
    expect(row(smaller, 0, 0)[1]).toBeCloseTo(row(smaller, 0, 2)[1] as number, 6);
    expect(((row(smaller, 0, 0)[0] as number) + (row(smaller, 0, 2)[0] as number)) / 2).toBeCloseTo(1.5, 6);
    expect(row(smaller, 0, 2)[0] as number).toBeGreaterThan(row(smaller, 0, 0)[0] as number);
    const larger = patchTokens("e", ramp, { grid: 8, ...nchw });
    expect(larger.shape).toEqual([1, 64, 2]);
    expect(row(larger, 0, 3 * 8 + 4)).toEqual([1.25, 1.75]); // centres (3 + ½)/2 − ½ and (4 + ½)/2 − ½
  });

  it("refuses what is no square of patches", () => {
    expect(() => patchTokens("e", key(0).normal([1, 40, 3]), { grid: 6, ...nchw })).not.toThrow();
    expect(() => patchTokens("e", key(0).normal([1, 99, 3]), { grid: 9, ...nchw })).toThrow(
      /T a square and at most 16/,
    );
    expect(() => patchTokens("e", key(0).normal([1, 3, 4, 5]), { grid: 4, ...nchw })).toThrow(
      /maps of patches must be square/,
    );
  });

  it("are known by the output's shape", () => {
    const output = (...shape: (number | string)[]) => ({ name: "y", dtype: "f32", shape }) as const;
    expect(hasPlaces(output("n", 17, 8), { pool: "cls", ...nchw })).toBe(true);
    expect(hasPlaces(output("n", 8), { pool: "none", ...nchw })).toBe(false);
    expect(hasPlaces(output("n", 8, 1, 1), { pool: "mean", ...nchw })).toBe(false);
    expect(hasPlaces(output("n", 8, "h", "w"), { pool: "mean", ...nchw })).toBe(true);
  });
});
