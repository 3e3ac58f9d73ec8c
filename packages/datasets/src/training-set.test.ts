import type { Tokenizer } from "@gmem/spec";
import { array, key, takeRows, zeros } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { encodeDataset, loadImages, split, subset, trainingSet } from "./index.ts";
import { scenes } from "./scenes/index.ts";

describe("trainingSet", () => {
  it("gives rows of every part in the order asked for", async () => {
    const latents = array([0, 1, 2, 3], [4, 1, 1, 1]);
    const snippets = array([0, 0, 1, 10, 2, 20, 3, 30], [4, 2]);
    const set = trainingSet({ latents, labels: [5, 6, 7, 8], snippets });
    const batch = await set.batch(Int32Array.of(3, 1));
    expect([...batch.latents.data]).toEqual([3, 1]);
    expect([...(batch.labels ?? [])]).toEqual([8, 6]);
    expect([...(batch.snippets?.data ?? [])]).toEqual([3, 30, 1, 10]);
    const fetched = trainingSet({
      latents,
      snippets: async (rows) => array(Float32Array.from(rows), [rows.length, 1]),
    });
    expect([...((await fetched.batch(Int32Array.of(2, 0))).snippets?.data ?? [])]).toEqual([2, 0]);
  });

  it("flips latents, snippets and targets of a visit by one coin", async () => {
    const column = (sign: number) =>
      array(
        [1, 2, 3, 4].map((x) => sign * x),
        [4, 1],
      );
    const parts = (sign: number) => ({
      latents: { ...column(sign), shape: [4, 1, 1, 1] },
      snippets: column(sign),
      targets: [
        async (rows: Int32Array) => takeRows({ ...column(sign), shape: [4, 1, 1] }, rows),
        column(sign), // of a second encoder
      ],
    });
    const set = trainingSet({ ...parts(1), mirrored: parts(-1) });
    const rows = Int32Array.of(3, 0, 2, 1, 3, 0, 1, 2);
    const signs = new Set<number>();
    for (let step = 0; step < 8; step++) {
      const { latents, snippets, targets } = await set.batch(rows, key(0).split(step));
      expect([...latents.data].map(Math.abs)).toEqual([4, 1, 3, 2, 4, 1, 2, 3]);
      expect(snippets?.data).toEqual(latents.data);
      expect(targets).toHaveLength(2);
      for (const tokens of targets ?? []) expect(tokens.data).toEqual(latents.data);
      for (const value of latents.data) signs.add(Math.sign(value));
      expect((await set.batch(rows, key(0).split(step))).latents.data).toEqual(latents.data);
    }
    expect(signs.size).toBe(2);
    expect([...(await set.batch(rows)).latents.data]).toEqual([4, 1, 3, 2, 4, 1, 2, 3]); // no coins without a key
    expect(() => trainingSet({ ...parts(1), mirrored: { latents: parts(-1).latents } })).toThrow(/got no snippets/);
    const less = { ...parts(-1), targets: parts(-1).targets.slice(0, 1) };
    expect(() => trainingSet({ ...parts(1), mirrored: less })).toThrow(/got no targets 1/);
  });

  it("draws latents from their posterior at each visit, and gives the mean without a key", async () => {
    const latents = zeros([2, 1, 8, 8]);
    const deviations = { ...zeros([2, 1, 8, 8]), data: new Float32Array(128).fill(2) };
    const set = trainingSet({ latents, deviations });
    const rows = Int32Array.of(0, 1);
    expect((await set.batch(rows)).latents.data.every((value) => value === 0)).toBe(true);
    const [first, second] = [
      (await set.batch(rows, key(1))).latents.data,
      (await set.batch(rows, key(2))).latents.data,
    ];
    expect(first).not.toEqual(second);
    expect(Math.sqrt(first.reduce((sum, value) => sum + value * value, 0) / 128)).toBeCloseTo(2, 0);
  });

  it("refuses parts of another length and rows outside", async () => {
    expect(() => trainingSet({ latents: zeros([4, 3]) })).toThrow(/latents must be \[N,C,H,W\]/);
    expect(() => trainingSet({ latents: zeros([4, 1, 1, 1]), labels: [1] })).toThrow(/labels must have the 4 rows/);
    expect(() => trainingSet({ latents: zeros([4, 1, 1, 1]), snippets: zeros([5, 2]) })).toThrow(/snippets must have/);
    await expect(trainingSet({ latents: zeros([4, 1, 1, 1]) }).batch(Int32Array.of(4))).rejects.toThrow(/rows must be/);
  });
});

describe("split and subset", () => {
  it("hold out the same share of every class, the same for the same seed", () => {
    const data = scenes({ count: 200 });
    const { train, heldOut } = split(data, { heldOut: 0.1, seed: 1 });
    expect([train.length, heldOut.length]).toEqual([180, 20]);
    expect(new Set([...train.rows, ...heldOut.rows]).size).toBe(200);
    for (const label of [0, 1, 2, 3]) {
      const [all, out] = [data.labels, heldOut.labels].map(
        (labels) => labels.filter((value) => value === label).length,
      );
      expect(Math.abs((out ?? 0) - (all ?? 0) / 10)).toBeLessThan(1);
    }
    expect(split(data, { heldOut: 20, seed: 1 }).heldOut.rows).toEqual(heldOut.rows);
    expect(split(data, { heldOut: 20, seed: 2 }).heldOut.rows).not.toEqual(heldOut.rows);
  });

  it("refuse empty parts and rows outside", async () => {
    const data = scenes({ count: 4 });
    for (const heldOut of [0, 0.01, 4, 1.5, Number.NaN])
      expect(() => split(data, { heldOut, seed: 0 })).toThrow(/heldOut must leave/);
    expect(() => subset(data, [4])).toThrow(/rows must be/);
    await expect(subset(data, [3]).at(1)).rejects.toThrow(/index must be/);
    expect((await subset(data, [3]).at(0)).id).toBe((await data.at(3)).id);
  });
});

describe("encodeDataset", () => {
  const identity: Tokenizer = {
    name: "identity",
    latent: (size) => [3, size, size],
    encode: async (images) => images,
    decode: async (latents) => latents,
  };

  it("gives what the tokenizer makes of every image row for row, in batches that need not divide the set", async () => {
    const data = scenes({ count: 7, size: 8 });
    const images = await loadImages(data, [0, 1, 2, 3, 4, 5, 6]);
    const seen: number[] = [];
    const encoded = await encodeDataset(data, identity, { batchSize: 3, onProgress: (done) => seen.push(done) });
    expect(encoded.latents.shape).toEqual([7, 3, 8, 8]);
    expect(encoded.latents.data).toEqual(images.data);
    expect(encoded.labels).toEqual(data.labels);
    expect(encoded.ids[6]).toBe((await data.at(6)).id);
    expect(seen).toEqual([3, 6, 7]);
  });

  it("stops at the signal and refuses an empty set and images of different sizes", async () => {
    await expect(encodeDataset(scenes({ count: 2 }), identity, { signal: AbortSignal.abort() })).rejects.toThrow(
      /stopped/,
    );
    await expect(encodeDataset(scenes({ count: 0 }), identity)).rejects.toThrow(/must have examples/);
    const mixed = { name: "mixed", length: 2, at: (i: number) => scenes({ count: 1, size: 8 + i }).at(0) };
    await expect(encodeDataset(mixed, identity)).rejects.toThrow(/give the dataset a size/);
  });
});
