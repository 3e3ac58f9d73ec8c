import { array, key, type NDArray } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { openDraws } from "../random/draws.ts";
import { studentInterval } from "../student.ts";
import { featureStatistics } from "./feature-statistics.ts";
import { frechetAgainstSize } from "./frechet-against-size.ts";
import { frechetDistance } from "./frechet-distance.ts";
import { frechetInterval } from "./group-jackknife.ts";

const shifted = (seed: number, n: number, shift: number): NDArray<"f32"> =>
  array(
    key(seed)
      .normal([n, 3])
      .data.map((value) => value + shift),
    [n, 3],
  );
const distanceOf = async (a: NDArray<"f32">, b: NDArray<"f32">): Promise<number> =>
  frechetDistance(await featureStatistics(a), await featureStatistics(b));

describe("the interval of a Fréchet distance", () => {
  it("covers the true distance 3·0.5² about as often as it says", async () => {
    let covered = 0;
    for (let trial = 0; trial < 40; trial++) {
      const [a, b] = [shifted(2 * trial, 400, 0), shifted(2 * trial + 1, 400, 0.5)];
      const { low, high } = await frechetInterval([a, b], { value: await distanceOf(a, b) });
      covered += Number(low <= 0.75 && high >= 0.75);
    }
    expect(covered).toBeGreaterThanOrEqual(34);
  });
  it("leaves groups out exactly: two rows in each of 10 groups as by hand", async () => {
    const a = shifted(1, 20, 0);
    const b = await featureStatistics(shifted(2, 50, 0));
    const rest = async (group: number): Promise<number> => {
      const rows = Array.from({ length: 20 }, (_, i) => i).filter((i) => i % 10 !== group);
      const data = rows.flatMap((i) => [...a.data.subarray(i * 3, i * 3 + 3)]);
      return frechetDistance(await featureStatistics(array(data, [18, 3])), b);
    };
    const rests = await Promise.all(Array.from({ length: 10 }, (_, group) => rest(group)));
    const mean = rests.reduce((sum, value) => sum + value, 0) / 10;
    const error = Math.sqrt(0.9 * rests.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    const { high } = await frechetInterval([a, b], { value: 1 });
    expect(high).toBeCloseTo(1 + 2.262157 * error, 5);
  });
  it("needs rows of one side, two for each group", async () => {
    const statistics = await featureStatistics(shifted(1, 20, 0));
    await expect(frechetInterval([statistics, statistics], { value: 1 })).rejects.toMatchObject({ code: "DATA" });
    await expect(frechetInterval([shifted(1, 19, 0), statistics], { value: 1 })).rejects.toThrow(/at least 20 rows/);
  });
});

describe("the distance against the number of samples", () => {
  it("falls to the true distance at 1/N = 0", async () => {
    const reference = await featureStatistics(shifted(0, 4000, 0));
    const samples = shifted(1, 1000, 0.5);
    const { infinite, slope, points } = await frechetAgainstSize(reference, samples, { draws: openDraws("gmem", 1) });
    expect(points.map(({ n }) => n).slice(0, 2)).toEqual([100, 164]);
    expect(points).toHaveLength(15);
    expect(slope).toBeGreaterThan(0);
    expect(infinite.value).toBeLessThan(points[0]?.distance ?? 0);
    expect(infinite.low).toBeLessThan(infinite.value);
    expect(Math.abs(infinite.value - 0.75)).toBeLessThan(0.15);
  });
  it("refuses sizes that no line goes through", async () => {
    const reference = await featureStatistics(shifted(0, 40, 0));
    const how = { draws: openDraws("gmem", 1), sizes: [10, 10, 40] };
    await expect(frechetAgainstSize(reference, shifted(1, 40, 0), how)).rejects.toThrow(/3 sizes from 2 to 40/);
  });
});

describe("means of features", () => {
  it("are added up row by row in float32 where a protocol does so", async () => {
    const rows = array(
      Float32Array.from({ length: 4000 }, (_, i) => 0.1 + i / 4000),
      [4000, 1],
    );
    let sum = 0;
    for (const value of rows.data) sum = Math.fround(sum + value);
    const { mean, covariance } = await featureStatistics(rows, { mean: "float32" });
    expect(mean[0]).toBe(Math.fround(sum / 4000));
    const exact = await featureStatistics(rows);
    expect(mean[0]).not.toBe(exact.mean[0]);
    expect(covariance).toEqual(exact.covariance);
  });
});

it("Student's interval has the quantiles of the tables", () => {
  for (const [degrees, t] of [
    [1, 12.7062],
    [9, 2.26216],
    [30, 2.04227],
  ] as const)
    expect(studentInterval(0, { error: 1, degrees }).high).toBeCloseTo(t, 3);
});
