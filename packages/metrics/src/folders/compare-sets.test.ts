import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { array } from "@gmem/tensor";
import { writeNpz } from "@gmem/weights";
import { create } from "tar";
import { beforeAll, describe, expect, it } from "vitest";
import { halfMeans, pictureBytes, scratch, writeArray, writePictures } from "../../test/pictures.ts";
import { featureStatistics } from "../frechet/feature-statistics.ts";
import { compareSets } from "./compare-sets.ts";
import { extractFeatures } from "./extract-features.ts";
import { pictureSource } from "./picture-source.ts";
import { writeStatistics } from "./stored-statistics.ts";

const extractors = [halfMeans()];
let folder: string;
const at = (...path: string[]): string => join(folder, ...path);

beforeAll(async () => {
  folder = await scratch();
  await writePictures(at("real"), pictureBytes(60, 1));
  await writePictures(at("fake"), pictureBytes(60, 2));
});

describe("compareSets", () => {
  it("gives all metrics that the features allow, with interval, counts and protocol, and says what it left out", async () => {
    const { results, leftOut } = await compareSets(at("real"), at("fake"), { extractors });
    expect(results.map(({ metric }) => metric)).toEqual([
      "FD-half-means",
      "KID",
      "precision",
      "recall",
      "density",
      "coverage",
      "FD∞-half-means",
      "AuthPct",
    ]);
    expect(leftOut.map(({ metric }) => metric)).toEqual(["sfid", "is", "cmmd", "cmmd-original", "ssim"]);
    for (const { interval, counts, protocol } of results) {
      expect(interval.low).toBeLessThanOrEqual(interval.high);
      expect(counts).toEqual({ real: 60, fake: 60 });
      expect(protocol).toBe("dgm-eval");
    }
    expect(await compareSets(at("real"), at("fake"), { extractors })).toEqual({
      ...{ results, leftOut },
      real: expect.anything(),
      fake: expect.anything(),
    });
  });

  it("reads the same pictures from folders, safetensors, npz and tar with the same features", async () => {
    await writePictures(at("flat"), pictureBytes(8, 3));
    await writeArray(at("flat.safetensors"), pictureBytes(8, 3));
    const bytes = Int32Array.from(pictureBytes(8, 3));
    await writeNpz(at("flat.npz"), { arr_0: array(bytes, [8, 4, 4, 3], "i32") });
    await create({ cwd: at("flat"), file: at("flat.tar") }, ["even", "odd"]);
    const rows = async (path: string): Promise<string[]> => {
      const { features } = await extractFeatures(await pictureSource(path), { extractors });
      const { data } = (features["half-means"] as unknown as { features: { data: Float32Array } }).features;
      return Array.from({ length: 8 }, (_, i) => `${data.subarray(6 * i, 6 * i + 6)}`).sort();
    };
    const expected = await rows(at("flat"));
    for (const kind of ["safetensors", "npz", "tar"]) expect(await rows(at(`flat.${kind}`))).toEqual(expected);
  });

  it("takes saved statistics for a side, and refuses those of another extractor or width", async () => {
    const set = await extractFeatures(await pictureSource(at("real")), { extractors });
    const features = await featureStatistics(set.features["half-means"]?.features as never);
    await writeStatistics(at("stats.npz"), { features, id: "half-means-1" });
    const whole = await compareSets(at("real"), at("fake"), { extractors, metrics: ["fid"] });
    const saved = await compareSets(at("stats.npz"), at("fake"), { extractors, metrics: ["fid"] });
    expect(saved.results[0]?.value).toBeCloseTo(whole.results[0]?.value as number, 10);
    await expect(
      compareSets(at("stats.npz"), at("fake"), { extractors: [halfMeans({ id: "other" })] }),
    ).rejects.toThrow(/must be of other, as the other side is, got those of half-means-1/);
    await writeStatistics(at("narrow.npz"), {
      features: { count: 9, mean: new Float64Array(2), covariance: Float64Array.of(1, 0, 0, 1) },
    });
    await expect(compareSets(at("narrow.npz"), at("fake"), { extractors })).rejects.toThrow(
      /must be of 6 features, as half-means-1 gives, got 2/,
    );
    await expect(compareSets(at("stats.npz"), at("stats.npz"), { extractors })).rejects.toThrow(
      /one side must be pictures/,
    );
  });

  it("refuses what cannot be compared, naming it", async () => {
    const refused = (path: string, options = {}) =>
      expect(compareSets(path, at("fake"), { extractors, ...options })).rejects;
    await mkdir(at("empty"));
    await refused(at("empty")).toThrow(/must hold pictures, got an empty folder/);
    await refused(at("nowhere")).toThrow(/which does not exist/);
    await writePictures(at("one"), pictureBytes(1, 4));
    await refused(at("one")).toThrow(/must hold at least 2 pictures, got 1/);
    await writePictures(at("broken"), pictureBytes(4, 5));
    await writeFile(at("broken", "even", "0000.png"), "no picture");
    await refused(at("broken")).toThrow(/1 left out.*\n {2}even\/0000.png/);
    const skipped = await compareSets(at("broken"), at("fake"), { extractors, onBad: "skip", metrics: ["fid"] });
    expect(skipped.real.set?.facts.leftOut.map(({ file }) => file)).toEqual(["even/0000.png"]);
    expect(skipped.results[0]?.counts.real).toBe(3);
    await refused(at("real"), { metrics: ["is"] }).toThrow(/is needs the features of inception/);
    await refused(at("real"), { resize: "zoom:2" }).toThrow(/resize must be none, crop:PIXELS/);
  });

  it("refuses several sizes without a resize, and takes them with one", async () => {
    await writePictures(at("mixed"), pictureBytes(6, 6));
    await writePictures(at("mixed", "large"), pictureBytes(6, 7, 8), 8);
    await expect(compareSets(at("mixed"), at("fake"), { extractors })).rejects.toThrow(
      /must have one size, got 4x4 and then 8x8 in "large\/even\/0000.png"; set resize to crop:4/,
    );
    for (const resize of ["crop:4", "squeeze:4"] as const) {
      const { results } = await compareSets(at("mixed"), at("fake"), { extractors, resize, metrics: ["fid"] });
      expect(results[0]?.warnings).toContain("the real images have 2 sizes: 6 of 4x4, 6 of 8x8");
    }
  });

  it("names the picture whose features are not finite", async () => {
    const [real] = extractors;
    const broken = {
      ...real,
      async extract(images: never) {
        const found = await (real as (typeof extractors)[0]).extract(images);
        found.features.data[6 * 5] = Number.NaN;
        return found;
      },
    };
    const files = (await readdir(at("fake"), { recursive: true })).filter((file) => file.endsWith(".png"));
    expect(files).toContain("even/0010.png");
    await expect(compareSets(at("real"), at("fake"), { extractors: [broken as never] })).rejects.toMatchObject({
      code: "NON_FINITE",
      message: expect.stringContaining('"even/0010.png"'),
    });
  });
});
