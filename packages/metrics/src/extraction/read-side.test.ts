import type { FeatureExtractor } from "@gmem/spec";
import { array, key, type NDArray, takeRows } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { measure } from "../protocols/measure.ts";
import { readSide } from "./read-side.ts";

/** Means of the channels, and the first pixels as classes. */
const colours: FeatureExtractor = {
  name: "colours",
  id: "colours-1",
  widths: { features: 3, logits: 2 },
  async extract(images) {
    const [n = 0] = images.shape;
    const size = images.data.length / (3 * n);
    const mean = (at: number): number =>
      images.data.subarray(at * size, (at + 1) * size).reduce((a, b) => a + b) / size;
    return {
      features: array(
        Float32Array.from({ length: 3 * n }, (_, at) => mean(at)),
        [n, 3],
      ),
      logits: array(
        Float32Array.from({ length: 2 * n }, (_, at) => images.data[at] as number),
        [n, 2],
      ),
    };
  },
};
const images = (seed: number): NDArray<"f32"> => key(seed).uniform([8, 3, 4, 4]);

describe("readSide", () => {
  it("keeps what the metrics need, in one pass over blocks of any size", async () => {
    const blocks = async function* () {
      yield takeRows(images(0), [0, 1, 2]);
      yield takeRows(images(0), [3, 4, 5, 6, 7]);
    };
    const fake = await readSide(blocks(), { extractor: colours, metrics: ["fid", "authpct"], side: "fake" });
    expect(Object.keys(fake)).toEqual(["features"]);
    expect([...(fake.features as NDArray).data]).toEqual([...(await colours.extract(images(0))).features.data]);
    const scored = await readSide([images(0)], { extractor: colours, metrics: ["is"], side: "fake" });
    expect(Object.keys(scored)).toEqual(["logits"]);
    const real = await readSide([images(1)], { extractor: colours, metrics: ["fid"], side: "real" });
    const [distance] = await measure({ real, fake }, { metrics: ["fid"], features: colours });
    expect(distance).toMatchObject({ metric: "FD-colours", options: { features: "colours-1" } });
  });
  it("refuses an output that the extractor lacks before it reads an image, and no images", async () => {
    const unread = {
      *[Symbol.iterator](): Generator<NDArray<"f32">> {
        yield expect.fail("an image was read");
      },
    };
    const options = { extractor: colours, side: "fake" } as const;
    await expect(readSide(unread, { ...options, metrics: ["sfid"] })).rejects.toThrow(
      /sfid needs spatial, colours gives features, logits/,
    );
    await expect(readSide([], { ...options, metrics: ["fid"] })).rejects.toThrow(/needs fake images, got none/);
  });
  it("names the image whose features are not finite, and an extractor that gives another width", async () => {
    const spoiled: FeatureExtractor = {
      ...colours,
      extract: async (x) => ({ features: array(x.data.slice(0, 24).fill(Number.NaN, 21), [8, 3]) }),
    };
    const options = { metrics: ["fid"], side: "real" } as const;
    await expect(readSide([images(0), images(1)], { extractor: spoiled, ...options })).rejects.toMatchObject({
      code: "NON_FINITE",
      message: expect.stringMatching(/real image 7/),
    });
    const wide = { ...colours, widths: { features: 4 } };
    await expect(readSide([images(0)], { extractor: wide, ...options })).rejects.toMatchObject({ code: "SHAPE" });
  });
});
