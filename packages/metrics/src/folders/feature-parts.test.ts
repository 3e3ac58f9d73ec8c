import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { halfMeans, pictureBytes, scratch, writeArray, writePictures } from "../../test/pictures.ts";
import { extractFeatures } from "./extract-features.ts";
import { featureCache } from "./feature-cache.ts";
import { featureParts } from "./feature-parts.ts";
import { pictureSource } from "./picture-source.ts";

let folder: string;
const at = (...path: string[]): string => join(folder, ...path);
beforeAll(async () => {
  folder = await scratch();
  await writeArray(at("a.safetensors"), pictureBytes(600, 1, 2), 2);
  await writePictures(at("pictures"), pictureBytes(260, 2, 2), 2);
});

describe("featureParts", () => {
  it("leaves in a cache what one pass finds there, whatever the order of the parts", async () => {
    const plain = await extractFeatures(await pictureSource(at("a.safetensors")), { extractors: [halfMeans()] });
    const parts = await featureParts(await pictureSource(at("a.safetensors")));
    expect(parts.pictures).toBe(600);
    const cache = featureCache(at("cache"));
    for (const index of [2, 0, 1]) await parts.keep(index, { extractors: [halfMeans()], cache });
    expect(await parts.isKept(cache, [halfMeans()])).toBe(false); // nobody has looked at them together
    const extractor = halfMeans();
    const joined = await extractFeatures(parts.source, { extractors: [extractor], cache });
    expect(extractor.seen()).toBe(0);
    expect({ ...joined, reused: undefined }).toEqual({ ...plain, reused: undefined });
    expect(await parts.isKept(cache, [halfMeans()])).toBe(true);
    expect(await parts.isKept(cache, [halfMeans({ id: "half-means-2" })])).toBe(false);
  });

  it("refuses a part of another size than the first picture of all", async () => {
    await writePictures(at("pictures"), pictureBytes(1, 2, 4), 4); // the first of them
    const parts = await featureParts(await pictureSource(at("pictures")));
    const cache = featureCache(at("sizes"));
    await expect(parts.keep(1, { extractors: [halfMeans()], cache })).rejects.toThrow(
      /must have one size, got 4x4 and then 2x2/,
    );
  });

  it("keeps nothing of a part with a picture that is refused, and the rest where it is left out", async () => {
    await writeFile(at("pictures", "odd", "deeper", "0259.png"), "no picture");
    const cache = featureCache(at("bad"));
    const resize = "squeeze:2";
    const refused = await featureParts(await pictureSource(at("pictures")), { resize });
    const extractor = halfMeans();
    await refused.keep(1, { extractors: [extractor], cache });
    expect(extractor.seen()).toBe(0);
    expect(existsSync(at("bad"))).toBe(false);
    const skipped = await featureParts(await pictureSource(at("pictures")), { resize, onBad: "skip" });
    await skipped.keep(1, { extractors: [extractor], cache });
    expect(extractor.seen()).toBe(3);
  });
});
