import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type CountingExtractor, halfMeans, pictureBytes, scratch, writeArray } from "../../test/pictures.ts";
import { type ExtractedSet, extractFeatures } from "./extract-features.ts";
import { featureCache } from "./feature-cache.ts";
import { pictureSource } from "./picture-source.ts";

const count = 300; // more than a part
let folder: string;
const at = (...path: string[]): string => join(folder, ...path);
const extract = async (path: string, cache: string, extractor: CountingExtractor): Promise<ExtractedSet> =>
  extractFeatures(await pictureSource(path), { extractors: [extractor], cache: featureCache(at(cache)) });

beforeAll(async () => {
  folder = await scratch();
  await writeArray(at("a.safetensors"), pictureBytes(count, 1, 2), 2);
});

describe("featureCache", () => {
  it("gives the same features again, of equal pictures under another path too, and says what it saved", async () => {
    const first = await extract(at("a.safetensors"), "cache", halfMeans());
    expect(first.reused).toEqual({ pictures: 0, seconds: 0 });
    await writeArray(at("copy.safetensors"), pictureBytes(count, 1, 2), 2);
    const again = halfMeans();
    const second = await extract(at("copy.safetensors"), "cache", again);
    expect(again.seen()).toBe(0);
    expect(second.reused).toMatchObject({ pictures: count, seconds: expect.any(Number) });
    expect(second.reused.seconds).toBeGreaterThan(0);
    expect({ features: second.features, facts: second.facts }).toEqual({
      features: first.features,
      facts: first.facts,
    });
  });

  it("computes again what one pixel, the extractor or the resize changes", async () => {
    const bytes = pictureBytes(count, 1, 2);
    bytes[5] = (bytes[5] as number) ^ 1;
    await writeArray(at("other.safetensors"), bytes, 2);
    for (const [path, id] of [
      ["other.safetensors", "half-means-1"],
      ["a.safetensors", "half-means-2"],
    ] as const) {
      const extractor = halfMeans({ id });
      await extract(at(path), "cache", extractor);
      expect(extractor.seen()).toBe(count);
    }
  });

  it("goes on after the last whole part of a pass that was killed, with the same features", async () => {
    await expect(extract(at("a.safetensors"), "killed", halfMeans({ until: 270 }))).rejects.toThrow("killed");
    const rest = halfMeans();
    const resumed = await extract(at("a.safetensors"), "killed", rest);
    expect(rest.seen()).toBe(count - 256);
    expect(resumed.features).toEqual((await extract(at("a.safetensors"), "whole", halfMeans())).features);
  });

  it("computes a part again whose file is damaged", async () => {
    const whole = await extract(at("a.safetensors"), "damaged", halfMeans());
    const [pass = ""] = await readdir(at("damaged"));
    await writeFile(at("damaged", pass, "part-00001.safetensors"), "half a file");
    const extractor = halfMeans();
    expect((await extract(at("a.safetensors"), "damaged", extractor)).features).toEqual(whole.features);
    expect(extractor.seen()).toBe(count - 256);
  });
});
