import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportOnnx, openOnnx } from "@gmem/engine-onnx";
import type { Encoder } from "@gmem/spec";
import { evaluate, f32, key, type NDArray, trace } from "@gmem/tensor";
import "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallClip, smallDinov2, untrained } from "../test/small-encoders.ts";
import { clip, clipImageParameters } from "./clip/index.ts";
import { dinov2, dinov2Parameters } from "./dinov2/index.ts";
import { fitPatchKmeans, patchKmeans } from "./patch-kmeans/index.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gmem-encoders-"));
});
afterAll(() => rm(folder, { recursive: true }));

const pillow = { atol: 0.02, rtol: 0.01 }; // rounding to 8 bits can fall the other way
const close = { atol: 1e-5, rtol: 1e-5 };

describe.each([
  ["dinov2", async () => dinov2(smallDinov2, { weights: untrained(dinov2Parameters(smallDinov2)) }), close],
  ["clip", async () => clip(smallClip, { weights: untrained(clipImageParameters(smallClip)) }), pillow],
  [
    "clip of whole images",
    async () => clip({ ...smallClip, input: "torch-bicubic" }, { weights: untrained(clipImageParameters(smallClip)) }),
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
