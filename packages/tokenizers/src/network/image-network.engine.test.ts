import { onnxEngine } from "@gmem/engine-onnx";
import "@gmem/testing";
import type { Named, NDArray } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { afterAll, expect, it } from "vitest";
import { sdVae } from "../sd-vae/index.ts";

const engine = await onnxEngine({ threads: 1 });
afterAll(() => engine.dispose());

const reference = async (): Promise<Named<NDArray>> =>
  (await readSafetensors(new URL("../../test/fixtures/sdvae.a.safetensors", import.meta.url).pathname)).tensors;

it("onnxruntime gives the original's mean and image, whole and in batches", async () => {
  const tensors = await reference();
  const weights = Object.fromEntries(
    Object.entries(tensors).flatMap(([name, value]) => (name.startsWith("w/") ? [[name.slice(2), value]] : [])),
  );
  const config = {
    channels: 32,
    multipliers: [2, 1],
    residualBlocks: 1,
    attentionLevels: [],
    zChannels: 4,
    latentChannels: 4,
  };
  const tokenizer = sdVae(config, { engine, weights, batchSize: 2, statistics: { mean: [0], std: [1] } });
  const unit = (x: NDArray<"f32">): NDArray<"f32"> => ({ ...x, data: x.data.map((value) => (value + 1) / 2) });
  const one = unit(tensors["in/x"] as NDArray<"f32">); // the original's images are in [−1,1]
  const three = { ...one, shape: [3, 3, 16, 16], data: Float32Array.from([...one.data, ...one.data, ...one.data]) };
  const latents = await tokenizer.encode(three);
  const mean = tensors["out/mean"] as NDArray;
  for (const i of [0, 1, 2])
    expect(latents.data.subarray(i * mean.data.length, (i + 1) * mean.data.length)).toBeAllclose(mean.data, {
      atol: 5e-5,
      rtol: 0,
    });
  const image = unit(tensors["out/decode"] as NDArray<"f32">);
  const limited = image.data.map((value) => Math.min(1, Math.max(0, value)));
  const decoded = await tokenizer.decode(tensors["in/z"] as NDArray<"f32">);
  expect(decoded.data).toBeAllclose(limited, { atol: 5e-5, rtol: 0 });
  await tokenizer.dispose();
});
