import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportOnnx, openOnnx } from "@gmem/engine-onnx";
import type { Tokenizer, TracedNetwork } from "@gmem/spec";
import { evaluate, f32, key, type NDArray, referenceEngine, trace } from "@gmem/tensor";
import "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallDcAe, smallDcAeWeights, smallKlVae, smallKlVaeWeights } from "../../test/small-tokenizers.ts";
import { dcAe } from "../dc-ae/index.ts";
import { pixels } from "../pixels/index.ts";
import { sdVae } from "../sd-vae/index.ts";
import { vaVae } from "../va-vae/index.ts";

const engine = referenceEngine();
const statistics = { mean: [0.1, -0.2, 0.3, 0.4], std: [0.5, 1, 2, 4] };
const tokenizers: Readonly<Record<string, () => Required<Tokenizer>>> = {
  pixels: () => pixels({ size: 6 }),
  "sd-vae": () => sdVae(smallKlVae, { engine, weights: smallKlVaeWeights() }),
  "va-vae": () => vaVae(smallKlVae, { engine, weights: smallKlVaeWeights(), statistics }),
  "dc-ae": () => dcAe(smallDcAe, { engine, weights: smallDcAeWeights() }),
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gmem-halves-"));
});
afterAll(() => rm(folder, { recursive: true }));

const traced = ({ parameters, apply }: TracedNetwork, shape: readonly number[]) =>
  trace({ feeds: { x: f32(...shape) }, state: parameters }, ({ feeds, state }) => ({
    fetches: { y: apply(state, feeds.x) },
  }));

describe.each(Object.entries(tokenizers))("the traced halves of %s", (name, make) => {
  const images = key(1).uniform([2, 3, 6, 6]);
  const close = { atol: 1e-5, rtol: 1e-5 };

  it("equal encode and decode, latents scaled and images limited, and hold no parameter of the other half", async () => {
    const { networks, encode, decode } = make();
    const [latents, wide] = [await encode(images), { ...(await encode(images)) }];
    const large = { ...wide, data: wide.data.map((value) => 8 * value) };
    for (const [half, x, expected] of [
      [networks.encode, images, latents],
      [networks.decode, large, await decode(large)],
    ] as const) {
      const graph = traced(half, x.shape);
      expect(evaluate(graph, { x }, half.parameters).fetches.y as NDArray).toBeAllclose(expected, close);
    }
    const [own, other] = [Object.keys(networks.encode.parameters), Object.keys(networks.decode.parameters)];
    expect(own.filter((parameter) => other.includes(parameter))).toEqual([]);
  });

  it("are files from images to latents and back, for batches of any size", async () => {
    const { networks, encode, decode, latent } = make();
    const latents = await encode(images);
    for (const [half, x, expected] of [
      ["encode", images, latents],
      ["decode", latents, await decode(latents)],
    ] as const) {
      const path = join(folder, `${name}-${half}.onnx`);
      const shape = half === "encode" ? [3, 6, 6] : latent(6);
      const { parameters } = networks[half];
      const dynamicBatch = { name: "batch", feeds: ["x"] };
      await exportOnnx(traced(networks[half], [13, ...shape]), { path, parameters, dynamicBatch });
      const model = await openOnnx(path, { threads: 1 });
      expect((await model.run({ x })).y as NDArray).toBeAllclose(expected, { atol: 2e-5, rtol: 2e-5 });
      await model.close();
    }
  });

  it("refuse images and latents that do not fit", () => {
    const { networks } = make();
    expect(() => traced(networks.encode, [1, 3, 5, 6])).toThrow(/encode: needs/);
    expect(() => traced(networks.encode, [1, 2, 6, 6])).toThrow(/encode: needs/);
    expect(() => traced(networks.decode, [1, 5, 6, 6])).toThrow(/decode: needs/);
  });
});
