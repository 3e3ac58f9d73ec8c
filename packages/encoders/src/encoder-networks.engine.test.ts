import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportOnnx, openOnnx } from "@gmem/engine-onnx";
import type { Encoder } from "@gmem/spec";
import { type Aval, array, evaluate, f32, key, type Named, type NDArray, trace } from "@gmem/tensor";
import "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClipConfig, clip, clipB32, clipImageParameters } from "./clip/index.ts";
import { type Dinov2Config, dinov2, dinov2Parameters, dinov2S } from "./dinov2/index.ts";
import { fitPatchKmeans, patchKmeans } from "./patch-kmeans/index.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gmem-encoders-"));
});
afterAll(() => rm(folder, { recursive: true }));

const drawn = (parameters: Named<Aval>): Named<NDArray> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => {
      const { data } = key(5).split(name).normal(shape);
      return [
        name,
        array(
          data.map((value) => 0.3 * value),
          shape,
        ),
      ];
    }),
  );

const vit: Dinov2Config = {
  ...{ ...dinov2S, depth: 2, hiddenSize: 16, heads: 2, registers: 4 },
  ...{ patchSize: 7, positionGrid: 6, input: { from: 32, to: 28 } },
};
const tower: ClipConfig = {
  ...{ ...clipB32, dim: 6, imageSize: 16, patchSize: 8 },
  vision: { depth: 2, hiddenSize: 16, heads: 2 },
};
const pillow = { atol: 0.02, rtol: 0.01 }; // rounding to 8 bits can fall the other way
const close = { atol: 1e-5, rtol: 1e-5 };

describe.each([
  ["dinov2", async () => dinov2(vit, { weights: drawn(dinov2Parameters(vit)) }), close],
  ["clip", async () => clip(tower, { weights: drawn(clipImageParameters(tower)) }), pillow],
  [
    "clip of whole images",
    async () => clip({ ...tower, input: "torch-bicubic" }, { weights: drawn(clipImageParameters(tower)) }),
    close,
  ],
  [
    "patch-kmeans",
    async () =>
      patchKmeans(
        await fitPatchKmeans(key(1).uniform([12, 3, 8, 8]), { dim: 4, clusters: 5, patchSize: 3, patches: 60 }),
      ),
    close,
  ],
] as const)("the traced network of %s", (name, make: () => Promise<Required<Encoder>>, exported) => {
  const images = key(1).uniform([2, 3, 40, 40]);
  const traced = ({ network }: Required<Encoder>, n: number) =>
    trace({ feeds: { x: f32(n, 3, 40, 40) }, state: network.parameters }, ({ feeds, state }) => ({
      fetches: { y: network.apply(state, feeds.x) },
    }));

  it("equals encode, pre-processing included", async () => {
    const encoder = await make();
    const { y } = evaluate(traced(encoder, 2), { x: images }, encoder.network.parameters).fetches;
    expect(y as NDArray).toBeAllclose(await encoder.encode(images), close);
  });

  it("is a file from images to features, for batches of any size", async () => {
    const encoder = await make();
    const path = join(folder, `${name}.onnx`);
    const { parameters } = encoder.network;
    await exportOnnx(traced(encoder, 13), { path, parameters, dynamicBatch: { name: "batch", feeds: ["x"] } });
    const model = await openOnnx(path, { threads: 1 });
    expect((await model.run({ x: images })).y as NDArray).toBeAllclose(await encoder.encode(images), exported);
    await model.close();
  });

  it("refuses images of another shape", async () => {
    const { network } = await make();
    const shapes = [f32(1, 1, 40, 40), f32(3, 40, 40)];
    for (const x of shapes)
      expect(() =>
        trace({ feeds: { x }, state: network.parameters }, ({ feeds, state }) => ({
          fetches: { y: network.apply(state, feeds.x) },
        })),
      ).toThrow(/network: needs .*images/);
  });
});
