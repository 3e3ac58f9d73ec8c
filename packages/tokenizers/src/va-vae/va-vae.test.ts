import "@gmem/testing";
import { array, f32, key, type NDArray, referenceEngine, sizeOf, trace } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { expect, it } from "vitest";
import { klVaeDecoder, klVaeMoments, klVaeParameters, vaVae, vaVaeF16D32 } from "./index.ts";

const parameters = klVaeParameters(vaVaeF16D32);

it("has the 69.84 M parameters of the published network", () => {
  const count = Object.values(parameters).reduce((total, { shape }) => total + sizeOf(shape), 0);
  expect((count / 1e6).toFixed(2)).toBe("69.84");
});

it("attends in the last level of the encoder and the first of the decoder, whatever the image's size", () => {
  const attention = Object.keys(parameters).filter((name) => /attn.*\.q\.weight$/.test(name));
  expect(attention).toEqual([
    ...["encoder.down.4.attn.0.q.weight", "encoder.down.4.attn.1.q.weight", "encoder.mid.attn_1.q.weight"],
    ...["decoder.mid.attn_1.q.weight", "decoder.up.4.attn.0.q.weight"],
    ...["decoder.up.4.attn.1.q.weight", "decoder.up.4.attn.2.q.weight"],
  ]);
  const graph = trace(
    { feeds: { x: f32(1, 3, 64, 32), z: f32(1, 32, 4, 2) }, state: parameters },
    ({ feeds, state: p }) => ({
      fetches: { moments: klVaeMoments(vaVaeF16D32, p, feeds.x), images: klVaeDecoder(vaVaeF16D32, p, feeds.z) },
    }),
  );
  expect(graph.fetches.moments?.shape).toEqual([1, 64, 4, 2]);
  expect(graph.fetches.images?.shape).toEqual([1, 3, 64, 32]);
});

it("normalises by channel statistics and undoes it", async () => {
  const { tensors } = await readSafetensors(
    new URL("../../test/fixtures/gmem_vavae.a.safetensors", import.meta.url).pathname,
  );
  const weights = Object.fromEntries(
    Object.entries(tensors).flatMap(([name, value]): [string, NDArray][] =>
      name.startsWith("w/") ? [[name.slice(2), value]] : [],
    ),
  );
  const config = {
    channels: 32,
    multipliers: [1, 1],
    residualBlocks: 1,
    attentionLevels: [1],
    zChannels: 8,
    latentChannels: 8,
  };
  const [mean, std] = [[1, 2, 3, 4, 5, 6, 7, 8], new Float32Array(8).fill(0.5)];
  const options = { engine: referenceEngine(), weights };
  const [plain, normal] = [vaVae(config, options), vaVae(config, { ...options, statistics: { mean, std } })];
  const images = key(0).normal([1, 3, 4, 4]);
  const z = await plain.encode(images);
  const expected = z.data.map((value, i) => (value - (mean[Math.floor(i / 4)] as number)) / 0.5);
  const latents = await normal.encode(images);
  expect(latents).toBeAllclose(array(expected, z.shape), { atol: 1e-6, rtol: 1e-5 });
  expect(await normal.decode(latents)).toBeAllclose(await plain.decode(z), { atol: 1e-4, rtol: 1e-4 });
});
