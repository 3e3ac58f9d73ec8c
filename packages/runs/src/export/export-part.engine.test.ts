import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Dinov2Config, dinov2, dinov2Parameters, dinov2S } from "@gmem/encoders/dinov2";
import { fitPatchKmeans, patchKmeans } from "@gmem/encoders/patch-kmeans";
import { onnxEngine, openOnnx } from "@gmem/engine-onnx";
import { unitRows } from "@gmem/memory-bank";
import type { Encoder, Tokenizer } from "@gmem/spec";
import { type Engine, f32, key, type Named, type NDArray, trace } from "@gmem/tensor";
import { drawnParameters } from "@gmem/testing";
import { pixels } from "@gmem/tokenizers/pixels";
import { type KlVaeConfig, klVaeParameters, sdVae } from "@gmem/tokenizers/sd-vae";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untrainedModel } from "../../test/untrained-model.ts";
import { backbonePart } from "./backbone-part.ts";
import { type ExportPart, exportPart } from "./export-part.ts";
import { encoderPart, tokenizerParts } from "./image-parts.ts";

let engine: Engine;
let folder = "";
beforeAll(async () => {
  engine = await onnxEngine({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), "gmem-parts-"));
});
afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true });
});

const close = { atol: 1e-5, rtol: 1e-5 };

/** The file of a part beside what it was made from, for several batches. */
async function compare(
  part: ExportPart,
  feedsOf: (n: number) => Promise<Named<NDArray>> | Named<NDArray>,
  wanted: (feeds: Named<NDArray>) => Promise<Named<NDArray>>,
): Promise<void> {
  const path = join(folder, part.file);
  const written = await exportPart(part, { path });
  const file = await openOnnx(path, { threads: 1 });
  const shapes = (values: typeof file.inputs | typeof written.inputs) =>
    values.map(({ name, shape }) => [name, ...shape]);
  expect([shapes(written.inputs), shapes(written.outputs)]).toEqual([shapes(file.inputs), shapes(file.outputs)]);
  for (const n of [1, 3, 5]) {
    const feeds = await feedsOf(n);
    const got = await file.run(feeds);
    const expected = await wanted(feeds);
    expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(expected)) expect(got[name] as NDArray).toBeAllclose(value, close);
  }
  await file.close();
}

describe("backbone.onnx gives the velocity of the model", () => {
  it.each([
    ["sit", "memory-bank"],
    ["sit", "class-table"],
    ["lightning-dit", "memory-bank"],
    ["lightning-dit", "class-table"],
    ["sana", "memory-bank"],
    ["dit", "unconditional"],
  ])("%s with %s", async (backbone, conditioner) => {
    const { model, parameters } = await untrainedModel(backbone, conditioner);
    const state = await engine.state(parameters);
    await compare(
      backbonePart(model, parameters),
      async (n) => {
        const x = key(6).normal([n, ...model.backbone.latent]);
        return { x, t: key(7).uniform([n]), ...(await model.conditioner.resolve(x, undefined)) };
      },
      async (feeds) => {
        const graph = trace({ feeds, state: model.avals() }, ({ feeds: given, state: p }) => {
          const { x, t } = given as unknown as Record<"x" | "t", Parameters<typeof model.velocity>[1]>;
          return { fetches: { velocity: model.velocity(p, x, t, model.condition(p, given)).velocity } };
        });
        const compiled = await engine.compile(graph, { state });
        const result = await compiled.run(feeds);
        await compiled.dispose();
        return result;
      },
    );
    await state.dispose();
  });
});

const klVae: KlVaeConfig = {
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  attentionLevels: [1],
  zChannels: 4,
  latentChannels: 4,
};

describe("decoder.onnx and tokenizer-encoder.onnx give what the tokenizer gives", () => {
  it.each([
    ["pixels", () => pixels({ size: 8 }) as Tokenizer],
    ["a KL-VAE", () => sdVae(klVae, { engine, weights: drawnParameters(klVaeParameters(klVae)) }) as Tokenizer],
  ])("%s", async (_, make) => {
    const tokenizer = make();
    const latent = tokenizer.latent(8);
    const networks = tokenizer.networks as NonNullable<Tokenizer["networks"]>;
    const [decoder, encoder] = tokenizerParts(networks, { latent, size: 8 }) as [ExportPart, ExportPart];
    await compare(
      decoder,
      (n) => ({ latents: key(8).normal([n, ...latent]) }),
      async ({ latents }) => ({ images: await tokenizer.decode(latents as NDArray<"f32">) }),
    );
    await compare(
      encoder,
      (n) => ({ images: key(9).uniform([n, 3, 8, 8]) }),
      async ({ images }) => ({ latents: await tokenizer.encode(images as NDArray<"f32">) }),
    );
  });
});

const vit: Dinov2Config = {
  ...dinov2S,
  depth: 2,
  hiddenSize: 16,
  heads: 2,
  registers: 4,
  patchSize: 7,
  positionGrid: 6,
  input: { from: 32, to: 28 },
};

describe("encoder.onnx gives features and snippets", () => {
  const weights = (): Named<NDArray> => drawnParameters(dinov2Parameters(vit));
  const learned = async (): Promise<Encoder> => {
    const images = key(1).uniform([30, 3, 10, 10]);
    return patchKmeans(await fitPatchKmeans(images, { engine, dim: 4, clusters: 5, patchSize: 3, patches: 60 }), {
      engine,
    });
  };
  it.each([
    ["patch k-means", learned],
    ["DINOv2", async (): Promise<Encoder> => dinov2(vit, { engine, weights: weights() })],
  ])("of %s", async (_, make) => {
    const encoder = await make();
    const network = encoder.network as NonNullable<Encoder["network"]>;
    await compare(
      encoderPart(encoder, network, { size: 10 }),
      (n) => ({ images: key(10).uniform([n, 3, 10, 10]) }),
      async ({ images }) => {
        const features = await encoder.encode(images as NDArray<"f32">);
        return { features, snippet: unitRows(features) };
      },
    );
  });
});

it("a batch that is given is fixed", async () => {
  const { model, parameters } = await untrainedModel("sit", "memory-bank");
  const path = join(folder, "fixed.onnx");
  const written = await exportPart(backbonePart(model, parameters), { path, batch: 2 });
  expect(written).toMatchObject({ batch: 2, files: [path] });
  const file = await openOnnx(path, { threads: 1 });
  expect(file.inputs[0]).toMatchObject({ name: "x", shape: [2, 3, 8, 8] });
  await file.close();
});

it("where a length is a multiple of a prime the next prime is the traced batch", async () => {
  const part: ExportPart = {
    file: "wide.onnx",
    meaning: "twice",
    values: {},
    parameters: {},
    trace: (n) => trace({ feeds: { x: f32(n, 13, 34) } }, ({ feeds }) => ({ fetches: { y: feeds.x.mul(2) } })),
  };
  expect(await exportPart(part, { path: join(folder, "wide.onnx") })).toMatchObject({
    inputs: [{ name: "x", shape: ["batch", 13, 34] }],
  });
});
