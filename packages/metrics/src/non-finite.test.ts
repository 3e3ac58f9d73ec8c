import type { FeatureStatistics } from "@gmem/spec";
import { array, key, type NDArray, referenceEngine } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { featureStatistics, statisticsOf } from "./frechet/feature-statistics.ts";
import { frechetDistance } from "./frechet/frechet-distance.ts";
import { lpipsNetwork } from "./images/lpips-network.ts";
import { meanDecibels } from "./images/signal-to-noise.ts";
import { fidInception } from "./inception/fid-inception.ts";
import { inceptionScore } from "./inception/inception-score.ts";
import { bootstrapInterval } from "./intervals.ts";
import { kernelDistance } from "./kernel/kernel-distance.ts";
import { kernelSubsets } from "./kernel/kernel-subsets.ts";
import { precisionRecall } from "./neighbours/precision-recall.ts";
import { openDraws } from "./random/draws.ts";

const good = key(0).normal([12, 3]);
const engine = referenceEngine();

/** One value in row 7, column 2 replaced. */
function spoiled(value: number): NDArray<"f32"> {
  const data = good.data.slice();
  data[7 * 3 + 2] = value;
  return array(data, [12, 3]);
}
const refusal = (message: string) => ({ code: "NON_FINITE", message: expect.stringContaining(message) });

describe.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("features with %s", (value) => {
  const bad = spoiled(value);
  it("are refused by the number of their image, whichever block they come in", async () => {
    const blocks = [good, bad];
    for (const how of [{}, { engine }]) {
      await expect(featureStatistics(bad, how)).rejects.toMatchObject(refusal("features of image 7 must be finite"));
      await expect(featureStatistics(blocks, how)).rejects.toMatchObject(refusal("features of image 19"));
    }
  });
  it("are refused by the kernel distance, precision and recall, and the Inception score", async () => {
    const subsets = kernelSubsets(openDraws("numpy", 1), { rows: [12, 12], count: 2, size: 4 });
    for (const pair of [
      [bad, good],
      [good, bad],
    ] as const) {
      await expect(kernelDistance(...pair, { subsets })).rejects.toMatchObject(refusal("at [7,2]"));
      await expect(precisionRecall(...pair)).rejects.toMatchObject(refusal("at [7,2]"));
    }
    expect(() => inceptionScore(bad)).toThrow(expect.objectContaining(refusal("logits must be finite")));
  });
});

it("means of values with NaN are refused", () => {
  expect(() => bootstrapInterval([1, Number.NaN])).toThrow(expect.objectContaining(refusal("values must be finite")));
  expect(() => meanDecibels(Float64Array.of(20, Number.NaN))).toThrow(
    expect.objectContaining(refusal("got NaN at [1]")),
  );
});

describe("statistics that are not finite", () => {
  it("are refused by the Fréchet distance on either side, mean and covariance", async () => {
    const fine = await featureStatistics(good);
    const broken = (part: "mean" | "covariance"): FeatureStatistics => {
      const values = fine[part].slice();
      values[1] = Number.NaN;
      return { ...fine, [part]: values };
    };
    for (const part of ["mean", "covariance"] as const) {
      await expect(frechetDistance(broken(part), fine)).rejects.toMatchObject(refusal(`first side: ${part}`));
      await expect(frechetDistance(fine, broken(part))).rejects.toMatchObject(refusal(`second side: ${part}`));
    }
    expect(await frechetDistance(fine, fine)).toBeCloseTo(0, 6);
  });
  it("do not come out of moments that overflowed", () => {
    const scatter = Float64Array.of(Number.POSITIVE_INFINITY);
    expect(() => statisticsOf({ count: 3, mean: Float64Array.of(1), scatter })).toThrow(
      expect.objectContaining(refusal("covariance must be finite")),
    );
  });
});

describe("networks of metrics", () => {
  const weights = { "fc.weight": array([1, Number.NaN], [2, 1]) };
  it("are not opened with weights that are not finite", async () => {
    await expect(fidInception({ engine, weights })).rejects.toMatchObject(refusal("fidInception: fc.weight"));
    const lin = { "lin0.model.1.weight": array([Number.NaN], [1, 1, 1, 1]) };
    expect(() => lpipsNetwork({ engine, net: "alex", weights: lin })).toThrow(
      expect.objectContaining(refusal("lpipsNetwork: lin0.model.1.weight")),
    );
  });
});
