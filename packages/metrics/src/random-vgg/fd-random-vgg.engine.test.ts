import { onnxEngine } from "@gmem/engine-onnx";
import { array, key, type NDArray, takeRows } from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fdRandomVgg, imageStatistics } from "./fd-random-vgg.ts";
import { randomVgg } from "./random-vgg.ts";

let engine: Awaited<ReturnType<typeof onnxEngine>>;
beforeAll(async () => {
  engine = await onnxEngine();
});
afterAll(() => engine.dispose());

/** Horizontal waves of random pitch and colour. */
function waves(n: number, seed: number): NDArray<"f32"> {
  const draws = key(seed).uniform([n, 4]).data;
  return array(
    Float32Array.from({ length: n * 768 }, (_, i) => {
      const [image, channel, y] = [Math.floor(i / 768), Math.floor((i % 768) / 256), Math.floor((i % 256) / 16)];
      const pitch = 0.5 + (draws[4 * image] as number);
      return (0.5 + 0.5 * Math.sin(pitch * y)) * (draws[4 * image + 1 + channel] as number);
    }),
    [n, 3, 16, 16],
  );
}

describe("fdRandomVgg", () => {
  it("is small between images of one kind, larger for noise, and larger still for more noise", async () => {
    const real = waves(60, 1);
    const noisy = (strength: number): NDArray<"f32"> => {
      const noise = key(9).normal(real.shape).data;
      const clipped = (value: number): number => Math.min(1, Math.max(0, value));
      return { ...real, data: real.data.map((value, i) => clipped(value + strength * (noise[i] as number))) };
    };
    const statistics = await imageStatistics(real, { engine });
    const distance = async (images: NDArray<"f32">): Promise<number> =>
      (await fdRandomVgg(statistics, images, { engine })).value;
    const [same, some, more] = [await distance(waves(60, 2)), await distance(noisy(0.1)), await distance(noisy(0.3))];
    expect(same).toBeLessThan(some);
    expect(some).toBeLessThan(more);
    expect(await fdRandomVgg(real, real, { engine })).toMatchObject({ name: "FD-random-vgg", counts: [60, 60] });
  });
  it("sees an image the same alone and among others", async () => {
    const images = waves(20, 3);
    const encoder = randomVgg({ engine });
    const all = await encoder.encode(images);
    const one = await encoder.encode(takeRows(images, [18]));
    takeRows(all, [18]).data.forEach((value, i) => void expect(one.data[i]).toBeCloseTo(value, 5));
  });
});
