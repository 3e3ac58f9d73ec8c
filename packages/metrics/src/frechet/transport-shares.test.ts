import { concatRows, key, type NDArray, referenceEngine } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { transportShares } from "./transport-shares.ts";

const engine = referenceEngine();
const cloud = (n: number, seed: number, at: number): NDArray<"f32"> => {
  const rows = key(seed).normal([n, 3]);
  return { ...rows, data: rows.data.map((x, i) => x + (i % 3 === 0 ? at : 0)) };
};
const labels = Int32Array.from({ length: 400 }, (_, i) => (i < 200 ? 0 : 1));

describe("transportShares", () => {
  it("gives most of the distance to the class that the other side lacks, and all of it to all", async () => {
    const real = concatRows([cloud(200, 1, 0), cloud(200, 2, 6)]);
    const fake = concatRows([cloud(200, 3, 0), cloud(200, 4, 0)]);
    const shares = await transportShares(real, fake, { labels, engine });
    expect(shares?.map(({ rows }) => rows)).toEqual([200, 200]);
    const [first = 0, second = 0] = shares?.map(({ share }) => share) ?? [];
    expect(first + second).toBeCloseTo(1, 12);
    expect(second).toBeGreaterThan(0.9);
  });
  it("says nothing where covariances have no inverse", async () => {
    expect(await transportShares(cloud(3, 1, 0), cloud(3, 2, 0), { labels, engine })).toBeUndefined();
  });
});
