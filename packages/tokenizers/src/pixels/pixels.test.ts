import { array, key, zeros } from "@gmem/tensor";
import { expect, it } from "vitest";
import { pixels } from "./pixels.ts";

it("latents are 2x − 1, and images come back from them", async () => {
  const tokenizer = pixels({ size: 2, channels: 1 });
  const images = array([0, 0.25, 0.5, 1], [1, 1, 2, 2]);
  expect(tokenizer.latent(2)).toEqual([1, 2, 2]);
  const latents = await tokenizer.encode(images);
  expect([...latents.data]).toEqual([-1, -0.5, 0, 1]);
  expect(await tokenizer.decode(latents)).toEqual(images);
});

it("latents and pictures have the bits that trained models have seen: 2 * value - 1 and (value + 1) / 2 in float32", async () => {
  const tokenizer = pixels({ size: 64 });
  const bytes = array(
    Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => (i % 256) / 255),
    [1, 3, 64, 64],
  );
  for (const images of [bytes, key(1).uniform([2, 3, 64, 64])]) {
    const { data } = await tokenizer.encode(images);
    expect(data).toEqual(images.data.map((value) => 2 * value - 1));
    expect(data).toEqual(images.data.map((value) => Math.fround(Math.fround(2 * value) - 1)));
  }
  const drawn = key(2).normal([2, 3, 64, 64]);
  const { data } = await tokenizer.decode(drawn);
  expect(data).toEqual(
    drawn.data
      .map((value) => Math.min(1, Math.max(-1, value)))
      .map((value) => Math.min(1, Math.max(0, (value + 1) / 2))),
  );
});

it("decoding limits samples to [0, 1]", async () => {
  const { data } = await pixels({ size: 1 }).decode(array([-3, 0.25, 1.5], [1, 3, 1, 1]));
  expect([...data]).toEqual([0, 0.625, 1]);
});

it("refuses other shapes and says which it needs", async () => {
  const tokenizer = pixels({ size: 4 });
  expect(tokenizer.latent(4)).toEqual([3, 4, 4]);
  await expect(tokenizer.encode(zeros([2, 3, 8, 8]))).rejects.toThrow("[N,3,4,4]");
  await expect(tokenizer.decode(zeros([3, 4, 4]))).rejects.toMatchObject({ code: "SHAPE" });
});
