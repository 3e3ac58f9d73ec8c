import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dataset, Encoder, ImageExample, MemoryBank } from "@gmem/spec";
import { array, f32, isGMemError, key, trace } from "@gmem/tensor";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "@gmem/testing";
import { build, buildFromImages, conditioner, interpolate, openBank, parseBankRequest, saveBank } from "./index.ts";

const bank = build(key(0).normal([20, 6]), { encoderId: "e" });
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conditioner-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("conditioner", () => {
  const noise = key(1).normal([3, 2, 4, 4]);
  it("looks up rows by noise, by number, and blends them", async () => {
    const c = conditioner({ bank });
    expect(c.feeds(3)).toEqual({ snippet: f32(3, 6) });
    expect((await c.resolve(noise, c.parse(undefined))).snippet).toEqual(await bank.at(bank.indexOf(noise)));
    expect((await c.resolve(noise, c.parse({ rows: [4, 5, 6] }))).snippet).toEqual(
      await bank.at(Int32Array.of(4, 5, 6)),
    );
    expect((await c.resolve(noise, c.parse({ rows: [4] }))).snippet).toEqual(await bank.at(Int32Array.of(4, 4, 4)));
    const blends = await c.resolve(
      noise,
      c.parse({ interpolate: { a: 1, b: 2, weight: [0, 0.5, 1], method: "spherical" } }),
    );
    const middle = interpolate(await bank.at(Int32Array.of(1)), await bank.at(Int32Array.of(2)), {
      weightOfSecond: 0.5,
      method: "spherical",
    });
    expect(blends.snippet?.data.slice(6, 12)).toEqual(middle.data);
    const given = await c.resolve(noise, c.parse({ snippets: [[0, 0, 3, 4, 0, 0]] }));
    expect(given.snippet?.data.slice(0, 6)).toBeAllclose([0, 0, 0.6, 0.8, 0, 0], { atol: 1e-7 });
    await expect(c.resolve(noise, c.parse({ rows: [1, 2] }))).rejects.toThrow(/1 or 3 rows/);
  });
  it("pairs training images with their own snippets, from the batch or the bank", async () => {
    const c = conditioner({ bank });
    const index = Int32Array.of(3, 7);
    const latents = key(0).normal([2, 1, 2, 2]);
    expect((await c.batch({ index, latents }, key(0))).snippet).toEqual(await bank.at(index));
    const snippets = key(5).normal([2, 6]);
    expect((await c.batch({ index, latents, snippets }, key(0))).snippet).toBe(snippets);
  });
  it("has no parameters and passes its feed through", async () => {
    const c = conditioner({ bank });
    expect(c.init(key(0))).toEqual({});
    const graph = trace({ feeds: c.feeds(2) }, ({ feeds }) => ({ fetches: { s: c.snippet({}, feeds) } }));
    expect(graph.fetches.s?.shape).toEqual([2, 6]);
  });
  it("reads rows from a bank on disk, and says so when there is no bank", async () => {
    const path = join(folder, "bank.safetensors");
    await saveBank(bank, path);
    const opened = await openBank(path);
    const c = conditioner({ bank: opened });
    expect((await c.resolve(noise, { rows: [2] })).snippet?.data.slice(0, 6)).toEqual(
      (await bank.at(Int32Array.of(2))).data,
    );
    await opened.close();
    expect(() => conditioner({} as { bank: MemoryBank })).toThrow(expect.toSatisfy((e) => isGMemError(e, "CONFIG")));
  });
});

describe("parseBankRequest", () => {
  it.each([
    [{ rows: [20] }, /rows\[0\]: must be a row number 0…19, got 20/],
    [{ rows: [] }, /at least one/],
    [{ rows: [1.5] }, /row number/],
    [{ rows: "3" }, /array/],
    [{ snippets: [[1, 2]] }, /6 finite numbers, got an array of 2/],
    [{ snippets: [[1, 2, 3, 4, 5, null]] }, /finite/],
    [{ interpolate: { a: 0, b: 1, weight: 2 } }, /weight: must be in 0…1, got 2/],
    [{ interpolate: { a: 0, b: 1, weight: 0.5, method: "cubic" } }, /linear, spherical/],
    [{ rows: [1], snippets: [] }, /one of .* got rows and snippets/],
    [{ row: 1 }, /one of .* got "row"/],
    [7, /object/],
  ])("refuses %j", (input, message) => {
    expect(() => parseBankRequest(input, bank)).toThrow(message);
  });
  it("answers any JSON with a request or INVALID_REQUEST", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.record({ rows: fc.jsonValue() }), fc.record({ snippets: fc.jsonValue() })),
        (input) => {
          try {
            parseBankRequest(input, bank);
            return true;
          } catch (error) {
            return isGMemError(error, "INVALID_REQUEST");
          }
        },
      ),
    );
  });
});

describe("buildFromImages", () => {
  const image = (index: number): ImageExample => ({
    image: key(index).uniform([3, 4, 4]),
    label: index % 2,
    id: `image-${index}`,
  });
  const dataset: Dataset<ImageExample> = { name: "noise", length: 23, at: async (index) => image(index) };
  const encoder = (calls: number[], id = "flatten"): Encoder => ({
    name: "flatten",
    dim: 48,
    id,
    async encode(images) {
      calls.push(images.shape[0] ?? 0);
      return array(images.data, [images.shape[0] ?? 0, 48]);
    },
  });
  it("streams shards to one file that equals a build in memory", async () => {
    const path = join(folder, "images", "bank.safetensors");
    const built = await buildFromImages(dataset, { encoder: encoder([]), path, batchSize: 4, shardRows: 10 });
    const features = array(
      Float32Array.from(Array.from({ length: 23 }, (_, i) => [...image(i).image.data]).flat()),
      [23, 48],
    );
    const whole = build(features);
    const rows = Int32Array.from({ length: 23 }, (_, i) => i);
    expect(await built.at(rows)).toEqual(await whole.at(rows));
    expect([...(built.labels ?? [])]).toEqual([...rows].map((i) => i % 2));
    expect((await built.sources?.())?.[22]).toBe("image-22");
    expect((await built.moments?.())?.scatter).toBeAllclose((await whole.moments?.())?.scatter ?? [], { atol: 1e-11 });
    expect(existsSync(`${path}.shards`)).toBe(false);
    await built.close();
  });
  it("goes on after its last complete shard, and refuses shards of another encoder", async () => {
    const path = join(folder, "resumed.safetensors");
    const stop = new AbortController();
    const first = buildFromImages(dataset, {
      encoder: encoder([]),
      path,
      batchSize: 5,
      shardRows: 10,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(first).rejects.toSatisfy((e) => isGMemError(e, "ABORTED"));
    await expect(buildFromImages(dataset, { encoder: encoder([], "other"), path, shardRows: 10 })).rejects.toThrow(
      /flatten on noise/,
    );
    const calls: number[] = [];
    const bankOfImages = await buildFromImages(dataset, { encoder: encoder(calls), path, batchSize: 5, shardRows: 10 });
    expect(calls).toEqual([5, 5, 3]); // images 10 … 22 only
    expect(bankOfImages.size).toBe(23);
    await bankOfImages.close();
    await expect(openBank(`${path}.shards`)).rejects.toSatisfy((e) => isGMemError(e));
  });
  it("names the image that cannot be used, and refuses an empty dataset", async () => {
    const broken: Dataset<ImageExample> = {
      ...dataset,
      at: async (index) =>
        index === 7 ? { ...image(7), image: array(new Float32Array(48).fill(Number.NaN), [3, 4, 4]) } : image(index),
    };
    const path = join(folder, "broken.safetensors");
    await expect(buildFromImages(broken, { encoder: encoder([]), path })).rejects.toThrow(
      /^image-7: features must be finite/,
    );
    const sized: Dataset<ImageExample> = {
      ...dataset,
      at: async (index) => (index === 3 ? { ...image(3), image: key(0).uniform([3, 2, 2]) } : image(index)),
    };
    await expect(buildFromImages(sized, { encoder: encoder([]), path })).rejects.toThrow(
      /^buildFromImages: image-3 must have the shape of image-0; resize or crop the images of a bank to one size/,
    );
    await expect(buildFromImages({ ...dataset, length: 0 }, { encoder: encoder([]), path })).rejects.toThrow(
      /must have images/,
    );
  });
});
