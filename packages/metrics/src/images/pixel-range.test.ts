import { onnxEngine } from "@gmem/engine-onnx";
import { array, key, type NDArray, referenceEngine } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { fidInception } from "../inception/fid-inception.ts";
import { fdRandomVgg, imageStatistics } from "../random-vgg/fd-random-vgg.ts";
import { randomVgg } from "../random-vgg/random-vgg.ts";
import { peakSignalToNoise } from "./signal-to-noise.ts";
import { structuralSimilarity } from "./structural-similarity.ts";

const images = key(0).uniform([2, 3, 16, 16]);
const mapped = (f: (value: number) => number): NDArray<"f32"> => array(images.data.map(f), images.shape);
const [signed, bytes] = [mapped((v) => 2 * v - 1), mapped((v) => 255 * v)];
const broken = array(
  images.data.map((v, i) => (i === 800 ? Number.NaN : v)),
  images.shape,
);
const engine = referenceEngine();

describe("metrics of images in [0, 1]", () => {
  it.each([
    ["randomVgg", (x: NDArray<"f32">) => randomVgg({ engine }).encode(x)],
    ["imageStatistics", (x: NDArray<"f32">) => imageStatistics(x, { engine })],
    ["fdRandomVgg", (x: NDArray<"f32">) => fdRandomVgg(x, x, { engine })],
    ["fidInception", async (x: NDArray<"f32">) => (await fidInception({ engine, weights: {} })).features(x)],
  ])("%s refuses other ranges and says how to get there", async (_, measure) => {
    await expect(measure(signed)).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringMatching(/\(x \+ 1\)\/2/),
    });
    await expect(measure(bytes)).rejects.toMatchObject({ code: "DATA", message: expect.stringMatching(/by 255/) });
    await expect(measure(mapped((v) => v + 0.3))).rejects.toThrow(/must be in \[0, 1\], got values from 0\.3.*clip/);
    await expect(measure(broken)).rejects.toMatchObject({
      code: "NON_FINITE",
      message: expect.stringContaining("NaN in image 1"),
    });
  });
  it("lets pass what rounding and resampling leave outside", async () => {
    const real = await onnxEngine({ threads: 1 });
    const nearly = mapped((v) => 1.03 * v - 0.015);
    expect((await randomVgg({ engine: real }).encode(nearly)).shape).toEqual([2, 448]);
    await real.dispose();
  });
});

describe.each([
  ["structuralSimilarity", structuralSimilarity],
  ["peakSignalToNoise", peakSignalToNoise],
])("%s", (_, measure) => {
  it("takes each range with its images alone", () => {
    for (const [x, range] of [
      [images, 1],
      [signed, 2],
      [bytes, 255],
      [mapped((v) => 7 * v), 7],
    ] as const)
      expect(measure(x, x, { range })).toHaveLength(2);
    for (const [x, range] of [
      [signed, 1],
      [signed, 255],
      [bytes, 1],
      [bytes, 2],
      [images, 255],
      [bytes, 7],
    ] as const)
      expect(() => measure(x, x, { range }), String(range)).toThrow(expect.objectContaining({ code: "DATA" }));
    expect(() => measure(images, images, { range: 0 })).toThrow(/range must be a positive number/);
    expect(() => measure(images, broken, { range: 1 })).toThrow(expect.objectContaining({ code: "NON_FINITE" }));
  });
  it("takes dark bytes and noise that leaves the range", () => {
    const dark = mapped((v) => Math.round(v));
    expect(measure(dark, dark, { range: 255 })).toHaveLength(2);
    expect(
      measure(
        images,
        mapped((v) => 1.5 * v - 0.3),
        { range: 1 },
      ),
    ).toHaveLength(2);
  });
});
