import type { Metric } from "@gmem/spec";
import { array, key, type NDArray, takeRows } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { featureStatistics } from "../frechet/feature-statistics.ts";
import { bootstrapInterval } from "../intervals.ts";
import type { MetricName } from "./built-in-metrics.ts";
import { measure } from "./measure.ts";
import { printedOptions } from "./printed-options.ts";
import type { ProtocolName } from "./protocol.ts";
import { protocols } from "./protocols.ts";

const sides = {
  real: { features: key(0).normal([240, 4]) },
  fake: { features: key(1).normal([240, 4]), logits: key(2).normal([240, 5]) },
};
const one = async (metric: MetricName, protocol: ProtocolName, others = {}) => {
  const [result] = await measure({ ...sides, ...others }, { metrics: [metric], protocol });
  if (!result) throw new Error("no result");
  return result;
};

describe("measure", () => {
  it("gives every number with interval, counts, seed, options and warnings", async () => {
    const results = await measure(sides, {
      metrics: ["fid", "is", "kid", "prdc", "fid-infinity", "cmmd", "authpct"],
      protocol: "dgm-eval",
      seed: 3,
    });
    expect(results.map(({ metric }) => metric)).toEqual([
      "FID",
      "IS",
      "KID",
      "precision",
      "recall",
      "density",
      "coverage",
      "FID∞",
      "CMMD",
      "AuthPct",
    ]);
    for (const { metric, value, interval, counts, protocol, options, warnings } of results) {
      expect(Number.isFinite(value), metric).toBe(true);
      expect(interval.low, metric).toBeLessThanOrEqual(value);
      expect(interval.high, metric).toBeGreaterThanOrEqual(value);
      expect(interval.high - interval.low, metric).toBeGreaterThan(0);
      expect(interval).toMatchObject({ level: 0.95, method: expect.any(String) });
      expect(counts.fake).toBe(240);
      expect(protocol).toBe("dgm-eval");
      expect(Object.keys(options).length, metric).toBeGreaterThan(0);
      expect(warnings).toBeInstanceOf(Array);
    }
    expect(results.find(({ metric }) => metric === "KID")?.seed).toBe(3);
  });
  it("names the options that tell protocols apart, and their own seed", async () => {
    const [adm, fidelity] = [await one("is", "adm"), await one("is", "torch-fidelity")];
    expect(printedOptions(adm)).toMatch(/resize tf1, splits 1, split size 5000, order given/);
    expect(printedOptions(fidelity)).toMatch(/splits 10, remainder spread, order numpy/);
    expect([adm.seed, fidelity.seed]).toEqual([undefined, 2020]);
    expect(adm.value).not.toBeCloseTo(fidelity.value, 3);
  });
  it("names a distance after the features that it is of", async () => {
    const [distance] = await measure(sides, { metrics: ["fid"], features: "dinov2-l-edm2" });
    expect(distance?.metric).toBe("FD-dinov2-l-edm2");
    expect(distance?.options).toEqual({ features: "dinov2-l-edm2", mean: "float32" });
  });
  it("refuses a metric that a protocol does not define and says which do", async () => {
    await expect(one("kid", "adm")).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringMatching(/kid is not part of the protocol "adm"; use clean-fid or torch-fidelity or/),
    });
    await expect(one("sfid", "torchmetrics")).rejects.toThrow(/use adm$/);
    await expect(one("prdc", "pytorch-fid")).rejects.toThrow(/use adm or torch-fidelity or dgm-eval/);
    await expect(one("kid", "torch-fidelity")).rejects.toThrow(/needs 1000 images a side, got 240/);
    await expect(one("fdi" as MetricName, "adm")).rejects.toThrow(/Did you mean "fid"/);
  });
  it("says which side lacks what", async () => {
    await expect(measure({ real: {}, fake: sides.fake }, { metrics: ["fid"] })).rejects.toThrow(
      /fid: needs features or their statistics of the real images, got nothing/,
    );
  });
  it("takes statistics of a side, and says so where nothing is left to give an interval", async () => {
    const statistics = await featureStatistics(sides.real.features, { mean: "float32" });
    const half = await one("fid", "adm", { real: { statistics } });
    expect(half.value).toBeCloseTo((await one("fid", "adm")).value, 10);
    expect(half.interval.high).toBeLessThan(1);
    const none = await one("fid", "adm", { real: { statistics }, fake: { statistics } });
    expect(none.interval.high).toBe(Number.POSITIVE_INFINITY);
    expect(none.warnings.join()).toMatch(/no interval/);
  });
});

describe("warnings", () => {
  const warned = async (real: object, fake: object, metric: MetricName = "fid") =>
    (await one(metric, "adm", { real: { ...sides.real, ...real }, fake: { ...sides.fake, ...fake } })).warnings.join(
      "\n",
    );
  const repeated = (x: NDArray<"f32">): NDArray<"f32"> => {
    const data = x.data.slice();
    data.set(data.subarray(0, 8), 40);
    return array(data, x.shape);
  };
  it("tell of compression, mixed and other sizes, duplicates and unequal classes", async () => {
    expect(await warned({}, { images: { formats: { png: 230, jpg: 10 } } })).toMatch(
      /10 of the fake images come from jpg/,
    );
    expect(await warned({ images: { sizes: { "32x32": 200, "64x32": 40 } } }, {})).toMatch(
      /2 sizes: 200 of 32x32, 40 of/,
    );
    expect(await warned({ images: { sizes: { "32x32": 240 } } }, { images: { sizes: { "64x64": 240 } } })).toMatch(
      /real images are 32x32, fake ones 64x64/,
    );
    expect(await warned({ features: repeated(sides.real.features) }, {})).toMatch(
      /2 of the 240 real images have the features/,
    );
    expect(
      await warned({}, { images: { labels: Int32Array.from({ length: 240 }, (_, i) => Number(i < 40)) } }),
    ).toMatch(/classes of the fake images are unequal: from 40 to 200/);
  });
  it("tell of too few images for the covariance, other counts and a short last split", async () => {
    const few = { features: key(5).normal([3, 4]) };
    expect(await warned(few, few)).toMatch(/3 images are too few for covariances of 4 features/);
    expect(await warned({ features: key(5).normal([100, 4]) }, {})).toMatch(/counts differ, 100 real and 240 fake/);
    expect(await warned({}, {}, "is")).toMatch(/240 images are no multiple of the split of 5000/);
  });
  it("tell of precision and recall that the original takes of another network", async () => {
    const told = (await one("prdc", "torch-fidelity")).warnings.join();
    expect(told).toMatch(/"torch-fidelity" takes these of vgg16 by default, here they are of inception/);
    const [own] = await measure(sides, { metrics: ["prdc"], protocol: "torch-fidelity", features: "vgg16" });
    expect(own?.warnings.join()).not.toMatch(/by default/);
  });
  it("are none for png files of one size, many and equal", async () => {
    const many = { features: key(6).normal([10000, 2]), images: { formats: { png: 10000 }, sizes: { "8x8": 10000 } } };
    expect(await warned(many, { ...many, features: key(7).normal([10000, 2]) })).toBe("");
  });
});

it("protocols say everything by data, and each has a version", () => {
  for (const [name, protocol] of Object.entries(protocols))
    expect([protocol.name, protocol.of]).toEqual([name, expect.stringMatching(/\d/)]);
});

it("CMMD in the original's way leaves out images after the last whole batch of 32, and says so", async () => {
  const cut = (x: NDArray<"f32">, n: number) => ({
    features: takeRows(
      x,
      Int32Array.from({ length: n }, (_, i) => i),
    ),
  });
  const [a, b] = [sides.real.features, sides.fake.features];
  const [original] = await measure({ real: cut(a, 100), fake: cut(b, 70) }, { metrics: ["cmmd-original"] });
  const [whole] = await measure({ real: cut(a, 96), fake: cut(b, 64) }, { metrics: ["cmmd"] });
  expect(original).toMatchObject({ value: whole?.value, counts: { real: 96, fake: 64 } });
  expect([original?.options["partial batch"], whole?.options["partial batch"]]).toEqual(["dropped", "kept"]);
  const few = measure({ real: cut(a, 31), fake: cut(b, 70) }, { metrics: ["cmmd-original"] });
  await expect(few).rejects.toThrow(/got 31 images; use cmmd/);
});

describe("metrics of anybody's own", () => {
  const brightness: Metric = {
    name: "brightness",
    needs: { real: [], fake: ["features"] },
    measure({ fake }, { level, features }) {
      const { data = [], shape = [0] } = fake.features ?? {};
      const { value, low, high } = bootstrapInterval(data, { level });
      const [count = 0] = shape;
      return [
        {
          metric: "brightness",
          value,
          interval: { low, high, method: "bootstrap over images" },
          counts: { real: 0, fake: count },
          options: { features: features.id },
          warnings: [],
        },
      ];
    },
  };
  it("stand beside ours, with level, protocol and the warnings of the images", async () => {
    const fake = { ...sides.fake, images: { formats: { jpg: 240 } } };
    const [fid, own] = await measure(
      { ...sides, fake },
      { metrics: ["fid", brightness], features: { name: "mine", id: "mine-1" }, level: 0.9 },
    );
    expect([fid?.metric, own?.metric]).toEqual(["FD-mine", "brightness"]);
    expect(own).toMatchObject({ protocol: "adm", interval: { level: 0.9 }, options: { features: "mine-1" } });
    expect(own?.warnings.join()).toMatch(/come from jpg/);
  });
  it("are not called without what they need, nor believed with a number that is none", async () => {
    const asked = measure({ real: {}, fake: {} }, { metrics: [brightness] });
    await expect(asked).rejects.toThrow(/brightness: needs features of the fake images, got nothing/);
    const broken: Metric = {
      ...brightness,
      measure: async (...given) =>
        (await brightness.measure(...given)).map((number) => ({ ...number, value: Number.NaN })),
    };
    await expect(measure(sides, { metrics: [broken] })).rejects.toMatchObject({ code: "NON_FINITE" });
  });
});

it("Inception's features by another resize than the protocol's are refused", async () => {
  const features = { name: "inception", id: "inception-2015-12-05-tf1-0123456789abcdef" };
  const [fid] = await measure(sides, { metrics: ["fid"], features });
  expect(fid).toMatchObject({ metric: "FID", options: { features: features.id, resize: "tf1" } });
  await expect(measure(sides, { metrics: ["fid"], features, protocol: "clean-fid" })).rejects.toMatchObject({
    code: "CONFIG",
    message: expect.stringMatching(/needs features by the resize clean-fid, got inception-2015-12-05-tf1/),
  });
});
