import { array, zeros } from "@gmem/tensor";
import { expect, it } from "vitest";
import { pixels } from "./pixels.ts";

it("latents are the images", async () => {
  const tokenizer = pixels({ size: 2, channels: 1 });
  const images = array([-1, 0, 0.5, 1], [1, 1, 2, 2]);
  expect(tokenizer.latent(2)).toEqual([1, 2, 2]);
  expect(await tokenizer.decode(await tokenizer.encode(images))).toEqual(images);
});

it("decoding limits samples to [-1, 1]", async () => {
  const { data } = await pixels({ size: 1 }).decode(array([-3, 0.25, 1.5], [1, 3, 1, 1]));
  expect([...data]).toEqual([-1, 0.25, 1]);
});

it("refuses other shapes and says which it needs", async () => {
  const tokenizer = pixels({ size: 4 });
  expect(tokenizer.latent(4)).toEqual([3, 4, 4]);
  await expect(tokenizer.encode(zeros([2, 3, 8, 8]))).rejects.toThrow("[N,3,4,4]");
  await expect(tokenizer.decode(zeros([3, 4, 4]))).rejects.toMatchObject({ code: "SHAPE" });
});
