import { array, key, type NDArray, referenceEngine } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { authenticity } from "./authenticity.ts";
import { nearestRows } from "./nearest-rows.ts";
import { precisionRecall } from "./precision-recall.ts";

const squared = (x: NDArray<"f32">, i: number, y: NDArray<"f32">, j: number): number => {
  const d = x.shape[1] as number;
  let sum = 0;
  for (let k = 0; k < d; k++) sum += ((x.data[i * d + k] as number) - (y.data[j * d + k] as number)) ** 2;
  return sum;
};

/** Rows on a coarse grid, of which many are equal and equally far, moved far from 0, where float32 forgets digits. */
const onGrid = (seed: number, n: number): NDArray<"f32"> =>
  array(
    key(seed)
      .normal([n, 3])
      .data.map((value) => 1000 + Math.round(2 * value) / 2),
    [n, 3],
  );

describe("neighbours", () => {
  const [x, y] = [onGrid(1, 70), onGrid(2, 60)];
  it.each([
    ["an engine in float32", { engine: referenceEngine() }],
    ["plain float64", {}],
  ] as const)("are exact with %s, also where distances are equal", async (_, how) => {
    const { rows, squared: found } = await nearestRows(x, y, { k: 3, ...how });
    for (let i = 0; i < 70; i++) {
      const expected = Array.from({ length: 60 }, (_, j) => ({ j, d: squared(x, i, y, j) }))
        .sort((a, b) => a.d - b.d || a.j - b.j)
        .slice(0, 3);
      expect([...rows.subarray(3 * i, 3 * i + 3)]).toEqual(expected.map(({ j }) => j));
      expect([...found.subarray(3 * i, 3 * i + 3)]).toEqual(expected.map(({ d }) => d));
    }
  });
  it("of a set in itself are the other rows", async () => {
    const { rows, squared: found } = await nearestRows(x, x, { k: 1, engine: referenceEngine() });
    for (let i = 0; i < 70; i++) {
      const least = Math.min(
        ...Array.from({ length: 70 }, (_, j) => (i === j ? Number.POSITIVE_INFINITY : squared(x, i, x, j))),
      );
      expect(found[i]).toBe(least);
      expect(rows[i]).not.toBe(i);
    }
  });
  it("decide precision, recall, density and coverage as every pair in float64 does, edges too", async () => {
    for (const inside of ["<=", "<"] as const) {
      const holds = (d: number, r: number): boolean => (inside === "<=" ? d <= r : d < r);
      const { radii, ...found } = await precisionRecall(x, y, { neighbours: 2, inside, engine: referenceEngine() });
      const hits = Array.from({ length: 70 }, (_, i) => Array.from({ length: 60 }, (_, j) => squared(x, i, y, j)));
      const inReal = (i: number, j: number): boolean => holds(hits[i]?.[j] as number, radii.real[i] as number);
      const inFake = (i: number, j: number): boolean => holds(hits[i]?.[j] as number, radii.fake[j] as number);
      const [reals, fakes] = [Array.from({ length: 70 }, (_, i) => i), Array.from({ length: 60 }, (_, j) => j)];
      const counts = fakes.map((j) => reals.filter((i) => inReal(i, j)).length);
      expect(found.precision).toBe(counts.filter((count) => count > 0).length / 60);
      expect(found.recall).toBe(reals.filter((i) => fakes.some((j) => inFake(i, j))).length / 70);
      expect(found.density).toBeCloseTo(counts.reduce((a, b) => a + b) / 120, 12);
      expect(found.coverage).toBe(reals.filter((i) => fakes.some((j) => inReal(i, j))).length / 70);
    }
  });
  it("have distances in steps of float16 where a protocol asks for it", async () => {
    const line = array([0, 1.0001, 3, 40.02], [4, 1]);
    const { radii } = await precisionRecall(line, line, { neighbours: 1, float16: true });
    // 1.0001 becomes 1, 40.02 40.03125, its square 1603, 3 times it 120.125: 1603 − 240.25 is 1363, with 9 1372
    expect([...radii.real]).toEqual([1, 1, 4, 1372]);
    const far = array([0, 300], [2, 1]);
    const { radii: kept } = await precisionRecall(far, far, { neighbours: 1, float16: true });
    expect([...kept.real]).toEqual([90000, 90000]); // float16 would overflow
  });
});

describe("authenticity", () => {
  it("is 0 for copies and 1 for samples far from all", async () => {
    const train = key(0).normal([40, 3]);
    const copies = await authenticity(train, train);
    expect(copies.share).toBe(0);
    expect([...copies.nearest]).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(Math.max(...copies.distances)).toBe(0);
    const far = array(
      train.data.map((value) => value + 50),
      [40, 3],
    );
    expect((await authenticity(train, far)).share).toBe(1);
  });
  it("compares with the nearest row's own neighbour", async () => {
    const train = array([0, 1, 10], [3, 1]);
    const { authentic, nearest, distances } = await authenticity(train, array([0.4, 12, 21], [3, 1]));
    expect(authentic).toEqual([false, false, true]); // 0.4 < 1; 2 < 9; 11 > 9
    expect([...nearest]).toEqual([0, 2, 2]);
    expect([...distances].map((value) => Number(value.toFixed(6)))).toEqual([0.4, 2, 11]);
  });
});
