import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, f32, key, type NDArray, referenceEngine, takeRows, trace } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { pooledFeatures } from "./features.ts";
import { type FitProgress, fitPatchKmeans } from "./fit-patch-kmeans.ts";
import { kmeans } from "./kmeans.ts";
import { patchKmeans } from "./patch-kmeans.ts";
import { principalAxes } from "./principal-axes.ts";
import { samplePatches } from "./sample-patches.ts";
import { loadPatchKmeans, savePatchKmeans } from "./stored-weights.ts";
import { whiten, zca } from "./zca.ts";

const engine = referenceEngine();
const images = key(3).uniform([30, 3, 8, 7]);
const small = { dim: 5, clusters: 6, patchSize: 3, patches: 300 };

const at = (x: NDArray, i: number): number => x.data[i] as number;

/** Features of one image by the definition, patch by patch. */
function byDefinition(
  image: Float32Array,
  dictionary: Parameters<typeof pooledFeatures>[0],
  size: { height: number; width: number },
): number[] {
  const { whitening, centroids, patch: s, pooling } = dictionary;
  const [k, p] = centroids.shape as [number, number];
  const [rows, columns] = [size.height - s + 1, size.width - s + 1];
  const cells = Array.from({ length: k * pooling ** 2 }, (): number[] => []);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const patch: number[] = [];
      for (let c = 0; c < 3; c++)
        for (let i = 0; i < s; i++)
          for (let j = 0; j < s; j++) patch.push(image[(c * size.height + y + i) * size.width + x + j] as number);
      const mean = patch.reduce((a, b) => a + b) / p;
      const variance = patch.reduce((a, b) => a + (b - mean) ** 2, 0) / p;
      const unit = patch.map((value, i) => (value - mean) / Math.sqrt(variance + 0.01) - at(whitening.mean, i));
      const z = unit.map((_, i) => unit.reduce((sum, value, j) => sum + at(whitening.weight, i * p + j) * value, 0));
      const distance = Array.from({ length: k }, (_, n) =>
        Math.hypot(...z.map((value, i) => value - at(centroids, n * p + i))),
      );
      const average = distance.reduce((a, b) => a + b) / k;
      const cell = Math.floor(((y + 1) * pooling - 1) / rows) * pooling + Math.floor(((x + 1) * pooling - 1) / columns);
      for (const [n, d] of distance.entries()) cells[n * pooling ** 2 + cell]?.push(Math.max(0, average - d));
    }
  return cells.map((values) => values.reduce((a, b) => a + b, 0) / values.length);
}

describe("tokens of patches", () => {
  it("are the activations by their definition, averaged over cells and centred over the dictionary", async () => {
    const weights = await fitPatchKmeans(images, small);
    const encoder = patchKmeans(weights);
    const [grid, k] = [3, 6];
    const tokens = await encoder.patchTokens(images, { grid });
    expect(tokens.shape).toEqual([30, grid ** 2, k]);
    const whitening = { weight: weights["zca.weight"], mean: weights["zca.mean"] };
    const dictionary = { whitening, centroids: weights.centroids, patch: 3, pooling: grid };
    const cells = byDefinition(images.data.subarray(0, 3 * 8 * 7), dictionary, { height: 8, width: 7 });
    for (let cell = 0; cell < grid ** 2; cell++) {
      const own = Array.from({ length: k }, (_, n) => cells[n * grid ** 2 + cell] as number);
      const centre = own.reduce((a, b) => a + b) / k;
      for (let n = 0; n < k; n++) expect(at(tokens, cell * k + n)).toBeCloseTo((own[n] as number) - centre, 4);
    }
    await expect(encoder.patchTokens(images, { grid: 6 })).rejects.toThrow(/at least 8 pixels/);
  });
});

describe("features", () => {
  it.each([2, 3])("equal the definition with %i cells a side, on sides that cells do not divide", async (pooling) => {
    const patches = samplePatches(images.data.subarray(0, 168), {
      height: 8,
      width: 7,
      size: 3,
      count: 60,
      rng: key(0),
    });
    const dictionary = { whitening: await zca(patches), centroids: key(1).normal([4, 27]), patch: 3, pooling };
    const x = takeRows(images, [0, 1]);
    const graph = trace({ feeds: { x: f32(2, 3, 8, 7) } }, ({ feeds }) => ({
      fetches: { y: pooledFeatures(dictionary, feeds.x) },
    }));
    const { y } = await (await engine.compile(graph)).run({ x });
    const expected = [0, 1].flatMap((i) =>
      byDefinition(x.data.subarray(i * 168, (i + 1) * 168), dictionary, { height: 8, width: 7 }),
    );
    expect(y?.shape).toEqual([2, 4 * pooling ** 2]);
    expected.forEach((value, i) => void expect(at(y as NDArray, i)).toBeCloseTo(value, 4));
  });
  it("do not change with brightness, and hardly with contrast", async () => {
    const encoder = patchKmeans(await fitPatchKmeans(images, small));
    const x = takeRows(images, [0]);
    const [one, other] = [
      await encoder.encode(x),
      await encoder.encode({ ...x, data: x.data.map((v) => 0.2 + 0.7 * v) }),
    ];
    for (let i = 0; i < 5; i++) expect(at(other, i)).toBeCloseTo(at(one, i), 1);
  });
});

describe("learning", () => {
  it("ZCA gives uncorrelated coordinates of variance λ/(λ + 0.1)", async () => {
    const x = array(
      key(5)
        .normal([4000, 2])
        .data.map((v, i) => (i % 2 ? v + 1 : 3 * v)),
      [4000, 2],
    );
    const z = whiten(await zca(x), x).data;
    const second = (a: number, b: number): number =>
      z.reduce((sum, _, i) => (i % 2 ? sum : sum + (z[i + a] as number) * (z[i + b] as number)), 0) / 4000;
    expect(second(0, 0)).toBeCloseTo(9 / 9.1, 1);
    expect(second(1, 1)).toBeCloseTo(1 / 1.1, 1);
    expect(second(0, 1)).toBeCloseTo(0, 2);
  });
  it("k-means finds the centres of separate groups", async () => {
    const centres = [
      [0, 0],
      [10, 0],
      [0, 10],
    ];
    const noise = key(7).normal([300, 2]).data;
    const rows = array(
      noise.map((v, i) => 0.3 * v + (centres[(i >> 1) % 3]?.[i & 1] as number)),
      [300, 2],
    );
    const found = await kmeans(rows, { clusters: 3, steps: 10, engine, rng: key(2) });
    const sorted = [0, 1, 2].map((k) => [at(found, 2 * k), at(found, 2 * k + 1)].map(Math.round)).sort();
    expect(sorted.map((c) => c.map(Math.abs))).toEqual([
      [0, 0],
      [0, 10],
      [10, 0],
    ]);
  });
  it("k-means gives a row to a centroid that has none", async () => {
    const rows = array([1, 1, 1, 1, 1, 1, 1, 1], [4, 2]);
    const found = await kmeans(rows, { clusters: 3, steps: 2, engine, rng: key(0) });
    expect([...found.data]).toEqual([1, 1, 1, 1, 1, 1]);
  });
  it("axes are orthonormal without whitening; with it their coordinates have variance λ/(λ + w·λ₁)", async () => {
    const scatter = Float64Array.of(8, 0, 0, 0, 4, 0, 0, 0, 2);
    const moments = { count: 2, mean: new Float64Array(3), scatter };
    expect([...(await principalAxes(moments, { dim: 2, whiten: false })).data]).toEqual([1, 0, 0, 0, 1, 0]);
    const { data } = await principalAxes(moments, { dim: 2, whiten: 0.5 });
    expect(data[0]).toBeCloseTo(1 / Math.sqrt(6));
    expect(data[4]).toBeCloseTo(1 / Math.sqrt(4));
  });
  it("is the same for the same seed, from an array and from a dataset, and another for another seed", async () => {
    const dataset = {
      length: 30,
      at: async (i: number) => ({ image: { ...takeRows(images, [i]), shape: [3, 8, 7] }, id: `${i}` }),
    };
    const [one, same, other] = await Promise.all([
      fitPatchKmeans(images, small),
      fitPatchKmeans(dataset, small),
      fitPatchKmeans(images, { ...small, seed: 1 }),
    ]);
    expect(same).toEqual(one);
    expect(patchKmeans(same).id).toBe(patchKmeans(one).id);
    expect(patchKmeans(other).id).not.toBe(patchKmeans(one).id);
  });
  it("reports its stages in order and stops by its signal", async () => {
    const stages: string[] = [];
    const stop = new AbortController();
    const onProgress = ({ stage }: FitProgress): void => {
      stages.push(stage);
      if (stages.length > 20) stop.abort();
    };
    await fitPatchKmeans(images, { ...small, onProgress, signal: stop.signal });
    expect([...new Set(stages)]).toEqual(["patches", "dictionary", "features", "axes"]);
    stop.abort();
    await expect(fitPatchKmeans(images, { ...small, signal: stop.signal })).rejects.toMatchObject({ code: "ABORTED" });
  });
  it.each([
    [{ dim: 25 }, /dim must be at most .* 24/],
    [{ patchSize: 7 }, /patchSize/],
    [{ clusters: 0 }, /clusters/],
    [{ whiten: -1 }, /whiten/],
  ])("refuses %o", async (options, message) => {
    await expect(fitPatchKmeans(images, { ...small, ...options })).rejects.toThrow(message);
  });
  it("names the image whose pixels are not finite", async () => {
    const bad = { ...images, data: images.data.map((v, i) => (i === 168 * 2 + 5 ? Number.NaN : v)) };
    await expect(fitPatchKmeans(bad, small)).rejects.toMatchObject({
      code: "NON_FINITE",
      message: expect.stringContaining("image 2"),
    });
    await expect(fitPatchKmeans(takeRows(images, []), small)).rejects.toMatchObject({ code: "DATA" });
  });
});

describe("the encoder", () => {
  it("gives an image the same features alone and among others", async () => {
    const encoder = patchKmeans(await fitPatchKmeans(images, small));
    const all = await encoder.encode(images);
    expect(all.shape).toEqual([30, encoder.dim]);
    expect([...(await encoder.encode(takeRows(images, [17]))).data]).toEqual([...takeRows(all, [17]).data]);
    expect((await encoder.encode(takeRows(images, []))).shape).toEqual([0, 5]);
    await expect(encoder.encode(array(new Float32Array(64), [1, 1, 8, 8]))).rejects.toMatchObject({ code: "SHAPE" });
  });
  it("is the same after a round trip through a file", async () => {
    const weights = await fitPatchKmeans(images, small);
    const path = join(mkdtempSync(join(tmpdir(), "gmem-encoder-")), "encoder.safetensors");
    await savePatchKmeans(path, weights);
    expect(patchKmeans(await loadPatchKmeans(path)).id).toBe(patchKmeans(weights).id);
    await writeSafetensors(path, { centroids: array([1]) });
    await expect(loadPatchKmeans(path)).rejects.toMatchObject({ code: "WEIGHTS" });
  });
});
