import { key, type NDArray, referenceEngine, takeRows } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { rowProducts } from "../products/row-products.ts";
import { openDraws } from "../random/draws.ts";
import { kernelDistance } from "./kernel-distance.ts";
import { kernelSubsets, type SubsetPair } from "./kernel-subsets.ts";
import { kernelSums } from "./kernel-sums.ts";

const width = 5;
const [x, y] = [key(1).normal([23, width]), key(2).normal([17, width])];

/** (u·v/d + 1)³. */
const kernel = (u: NDArray<"f32">, i: number, v: NDArray<"f32">, j: number): number => {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += (u.data[i * width + k] as number) * (v.data[j * width + k] as number);
  return (sum / width + 1) ** 3;
};

describe("sums of kernels", () => {
  const subsets: readonly SubsetPair[] = [
    [Int32Array.of(22, 3, 0, 11), Int32Array.of(16, 2)],
    [Int32Array.of(7, 7, 8), Int32Array.of(0, 1, 9, 4)], // a row twice
  ];

  it.each([1, 4, 7, 100])("are those of the pairs of each subset, in blocks of %i rows", async (blockRows) => {
    const how = { width, multiply: rowProducts({ width, dtype: "f32" }), blockRows };
    const between = await kernelSums([x.data, y.data], subsets, how);
    const rows = subsets.map(([a]): SubsetPair => [a, a]);
    const within = await kernelSums([x.data, x.data], rows, how);
    for (const [s, [a, b]] of subsets.entries()) {
      let [both, own] = [0, 0];
      for (const i of a) for (const j of b) both += kernel(x, i, y, j);
      for (const [p, i] of a.entries()) for (const [q, j] of a.entries()) if (p !== q) own += kernel(x, i, x, j);
      expect((between[s] as number) / both).toBeCloseTo(1, 12);
      expect((within[s] as number) / own).toBeCloseTo(1, 12);
    }
  });

  it("are the same of all rows at once, where subsets are many, and of one subset after the other", async () => {
    const many = kernelSubsets(openDraws("numpy", 2020), { rows: [23, 17], count: 4000, size: 9 });
    for (const engine of [undefined, referenceEngine()]) {
      const all = await kernelDistance(x, y, { subsets: many, engine });
      for (const s of [0, 1, 3999]) {
        const [a, b] = many[s] as SubsetPair;
        const places: SubsetPair = [a.map((_, i) => i), b.map((_, i) => i)];
        const alone = await kernelDistance(takeRows(x, a), takeRows(y, b), { subsets: [places], engine });
        expect(alone.mean).toBeCloseTo(all.values[s] as number, engine ? 5 : 12);
      }
    }
  });
});
