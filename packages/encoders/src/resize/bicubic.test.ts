import { evaluate, f32, key, type NDArray, trace } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import "@gmem/testing";
import { antialiasedMatrix, bicubicMatrix, cubic } from "./bicubic.ts";
import { antialiasedBilinearMatrix, bilinearMatrix } from "./bilinear.ts";
import { resample } from "./resample.ts";

const length = fc.integer({ min: 4, max: 40 });
const kinds = { bicubicMatrix, antialiasedMatrix, bilinearMatrix, antialiasedBilinearMatrix };

const rowsOf = ({ data, shape }: NDArray): number[][] =>
  Array.from({ length: shape[0] as number }, (_, i) =>
    Array.from(data.subarray(i * (shape[1] as number), (i + 1) * (shape[1] as number))),
  );
const total = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);

describe("the cubic kernel", () => {
  it("is 1 at its centre, 0 at the other samples, even, and sums to 1 at every phase", () => {
    for (const a of [-0.5, -0.75]) {
      expect([-2, -1, 0, 1, 2].map((d) => cubic(d, a) + 0)).toEqual([0, 0, 1, 0, 0]);
      for (const d of [0.1, 0.37, 0.5, 0.93]) {
        expect(cubic(-d, a)).toBe(cubic(d, a));
        expect(total([d + 1, d, d - 1, d - 2].map((at) => cubic(at, a)))).toBeCloseTo(1, 12);
      }
    }
  });
});

describe.each(Object.entries(kinds))("%s", (_, matrix) => {
  it("keeps constants: every row sums to 1", () =>
    fc.assert(
      fc.property(length, length, (from, to) => {
        for (const row of rowsOf(matrix(from, to))) expect(total(row)).toBeCloseTo(1, 5);
      }),
    ));

  it("is the identity between equal lengths", () =>
    fc.assert(
      fc.property(length, (n) => {
        expect(rowsOf(matrix(n, n))).toEqual(
          Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))),
        );
      }),
    ));

  it("commutes with mirroring", () =>
    fc.assert(
      fc.property(length, length, (from, to) => {
        const rows = rowsOf(matrix(from, to));
        const mirrored = rows.map((row) => row.toReversed()).toReversed();
        expect(mirrored.flat()).toBeAllclose(rows.flat(), { atol: 1e-5 });
      }),
    ));
});

describe("resampling", () => {
  it("keeps straight lines when it enlarges with a = −0.5, away from the border", () =>
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 30 }), fc.integer({ min: 30, max: 60 }), (from, to) => {
        for (const [i, row] of rowsOf(antialiasedMatrix(from, to)).entries()) {
          const at = ((i + 0.5) * from) / to - 0.5;
          if (at > 1 && at < from - 2) expect(total(row.map((weight, j) => weight * j))).toBeCloseTo(at, 4);
        }
      }),
    ));

  it("looks at four samples without antialiasing, and at eight for each halving with it", () => {
    const nonZero = (row: readonly number[]): number => row.filter((weight) => weight !== 0).length;
    expect(nonZero(rowsOf(bicubicMatrix(32, 8))[4] as number[])).toBe(4);
    expect(nonZero(rowsOf(antialiasedMatrix(32, 16))[8] as number[])).toBe(8);
  });

  it("is linear between two neighbours, and a tent over four when it halves", () => {
    expect(rowsOf(bilinearMatrix(2, 4))).toEqual([
      [1, 0],
      [0.75, 0.25],
      [0.25, 0.75],
      [0, 1],
    ]);
    expect(rowsOf(antialiasedBilinearMatrix(8, 4))[1]).toEqual([0, 0.125, 0.375, 0.375, 0.125, 0, 0, 0]);
  });

  it("treats rows and columns apart: [N,C,H,W] by [h,H] and [w,W]", () => {
    const x = key(0).normal([2, 3, 6, 8]);
    const [rows, columns] = [bicubicMatrix(6, 5), antialiasedMatrix(8, 3)];
    const graph = trace({ feeds: { x: f32(2, 3, 6, 8) } }, ({ feeds }) => ({
      fetches: { y: resample(feeds.x, rows, columns) },
    }));
    const y = evaluate(graph, { x }).fetches.y as NDArray;
    expect(y.shape).toEqual([2, 3, 5, 3]);
    const at = (data: ArrayLike<number>, i: number): number => data[i] as number;
    let expected = 0;
    for (let h = 0; h < 6; h++)
      for (let w = 0; w < 8; w++)
        expected += at(rows.data, 2 * 6 + h) * at(columns.data, 1 * 8 + w) * at(x.data, (4 * 6 + h) * 8 + w);
    expect(at(y.data, (4 * 5 + 2) * 3 + 1)).toBeCloseTo(expected, 5); // image 1, channel 1
  });
});
