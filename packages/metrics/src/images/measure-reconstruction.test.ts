import { fileURLToPath } from "node:url";
import { array, key, type NDArray, referenceEngine } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { expect, it } from "vitest";
import type { FidInception } from "../inception/fid-inception.ts";
import { lpipsNetwork } from "./lpips-network.ts";
import { measureReconstruction } from "./measure-reconstruction.ts";
import { peakSignalToNoise } from "./signal-to-noise.ts";

const identity = { encode: async (x: NDArray<"f32">) => x, decode: async (x: NDArray<"f32">) => x };
/** Gives back half of the light. */
const dark = {
  ...identity,
  decode: async (x: NDArray<"f32">) =>
    array(
      x.data.map((value) => value / 2),
      x.shape,
    ),
};
const bytes = (seed: number): NDArray<"f32"> =>
  array(
    key(seed)
      .uniform([12, 3, 16, 16])
      .data.map((value) => Math.round(value * 255) / 255),
    [12, 3, 16, 16],
  );

/** Means of the channels as features: what a network gives, in small. */
const means: FidInception = {
  name: "inception",
  id: "means",
  widths: { features: 3, spatial: 3, logits: 3 },
  async features(images) {
    const [n = 0] = images.shape;
    const plane = 256;
    const pool = Float32Array.from(
      { length: 3 * n },
      (_, at) => images.data.subarray(at * plane, (at + 1) * plane).reduce((a, b) => a + b) / plane,
    );
    const rows = array(pool, [n, 3]);
    return { pool: rows, spatial: rows, logits: rows };
  },
  dispose: async () => {},
};

it("a tokenizer that loses nothing has 100 dB, an SSIM of 1 and an rFID of 0, of all blocks", async () => {
  const results = await measureReconstruction(identity, { images: [bytes(1), bytes(2)], inception: means });
  expect(results.map(({ metric, value }) => [metric, Number(value.toFixed(6))])).toEqual([
    ["PSNR", 100],
    ["SSIM", 1],
    ["rFID", 0],
  ]);
  expect(results.map(({ counts }) => counts.fake)).toEqual([24, 24, 24]);
});

it("what it loses is measured on bytes, with intervals and the windows of SSIM by the protocol", async () => {
  const images = bytes(3);
  const [psnr, ssim, rfid] = await measureReconstruction(dark, {
    images: [images],
    inception: means,
    protocol: "torchmetrics",
  });
  const returned = array(
    images.data.map((value) => Math.round((value / 2) * 255) / 255),
    images.shape,
  );
  const expected = peakSignalToNoise(images, returned, { range: 1 });
  expect(psnr?.value).toBeCloseTo(expected.reduce((a, b) => a + b) / 12, 5);
  expect(psnr?.interval.high).toBeGreaterThan(psnr?.value ?? 0);
  expect(ssim?.options).toEqual({ range: 255, windows: "torchmetrics" });
  expect(ssim?.value).toBeLessThan(0.9);
  expect(rfid).toMatchObject({
    metric: "rFID",
    protocol: "torchmetrics",
    interval: { method: expect.stringMatching(/none|jackknife/) },
  });
  expect(rfid?.value).toBeCloseTo(3 * 0.25 * 0.25, 1);
  await expect(measureReconstruction(dark, { images: [] })).rejects.toMatchObject({ code: "DATA" });
});

it("LPIPS is of both as bytes, pair by pair, under the network's id", async () => {
  const path = fileURLToPath(new URL("../../test/fixtures/lpips_alex.a.safetensors", import.meta.url));
  const { tensors } = await readSafetensors(path);
  const weights = Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith("w/") ? [[name.slice(2), tensor]] : [])),
  );
  const lpips = lpipsNetwork({ engine: referenceEngine(), net: "alex", weights, batchSize: 1 });
  const images = key(4).uniform([2, 3, 32, 32]);
  const rounded = (x: NDArray<"f32">) =>
    array(
      x.data.map((value) => Math.round(value * 255) / 255),
      x.shape,
    );
  const expected = await lpips.distances(rounded(images), rounded(await dark.decode(images)));
  const [psnr, ssim, found] = await measureReconstruction(dark, { images: [images], lpips });
  await lpips.dispose();
  expect([psnr?.metric, ssim?.metric, found?.metric]).toEqual(["PSNR", "SSIM", "LPIPS"]);
  expect(found).toMatchObject({ options: { network: "lpips-0.1-alex" }, counts: { real: 2, fake: 2 } });
  const [first = 0, second = 0] = expected;
  expect(found?.value).toBeCloseTo((first + second) / 2, 6);
  expect(found?.interval.low).toBeGreaterThanOrEqual(Math.min(first, second) - 1e-9);
});
