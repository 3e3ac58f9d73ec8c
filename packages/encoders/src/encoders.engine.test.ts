import { onnxEngine } from "@gmem/engine-onnx";
import { array, type Engine, key, takeRows } from "@gmem/tensor";
import "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallClip, smallDinov2, untrained } from "../test/small-encoders.ts";
import { type ClipConfig, clip, clipImageParameters, clipTextEncoder, clipTextParameters } from "./clip/index.ts";
import { type Dinov2Config, dinov2, dinov2Parameters } from "./dinov2/index.ts";
import { type GemmaConfig, gemma, gemmaParameters } from "./gemma/index.ts";
import { fitPatchKmeans, patchKmeans } from "./patch-kmeans/index.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await onnxEngine({ threads: 1 });
});
afterAll(() => engine.dispose());

describe("on onnxruntime", () => {
  const close = { atol: 1e-4, rtol: 1e-4 };

  it("DINOv2 gives the reference's class and patch tokens, in blocks of any size", async () => {
    const config: Dinov2Config = { ...smallDinov2, feedForward: "swiglu" };
    const weights = untrained(dinov2Parameters(config));
    const [native, reference] = [dinov2(config, { weights, engine, batchSize: 2 }), dinov2(config, { weights })];
    const images = key(1).uniform([3, 3, 40, 40]);
    expect(await native.encode(images)).toBeAllclose(await reference.encode(images), close);
    expect(await native.patchTokens(images)).toBeAllclose(await reference.patchTokens(images), close);
    await native.dispose();
  });

  it("a row has the bits of its block size, whatever the number of rows, and nearly the same ones alone", async () => {
    const images = key(1).uniform([7, 3, 40, 40]);
    const learned = await fitPatchKmeans(images, { dim: 4, clusters: 20, patchSize: 5, patches: 200, engine });
    const encoders = [
      dinov2(smallDinov2, { weights: untrained(dinov2Parameters(smallDinov2)), engine, batchSize: 4 }),
      clip(smallClip, { weights: untrained(clipImageParameters(smallClip)), engine, batchSize: 4 }),
      patchKmeans(learned, { engine }),
    ];
    for (const encoder of encoders) {
      const all = await encoder.encode(images);
      for (const count of [5, 6]) {
        const rows = Array.from({ length: count }, (_, i) => 6 - i);
        const some = await encoder.encode(takeRows(images, rows));
        expect(some).toEqual(takeRows(all, rows));
      }
      for (const row of [0, 6])
        expect(await encoder.encode(takeRows(images, [row]))).toBeAllclose(takeRows(all, [row]), close);
      await encoder.dispose();
    }
  });

  it("CLIP gives the reference's features of images and texts", async () => {
    const config: ClipConfig = {
      ...smallClip,
      text: { depth: 2, hiddenSize: 16, heads: 2, contextLength: 8, vocabulary: 30 },
    };
    const weights = { ...untrained(clipImageParameters(config)), ...untrained(clipTextParameters(config)) };
    const images = key(2).uniform([2, 3, 20, 24]);
    const [native, reference] = [clip(config, { weights, engine }), clip(config, { weights })];
    expect(await native.encode(images)).toBeAllclose(await reference.encode(images), { atol: 0.02, rtol: 0.01 });
    const ids = array([28, 4, 9, 29, 0, 28, 29, 0, 0, 0], [2, 5], "i32");
    const [text, words] = [clipTextEncoder(config, { weights, engine }), clipTextEncoder(config, { weights })];
    expect(await text.encode(ids)).toBeAllclose(await words.encode(ids), close);
    await Promise.all([native.dispose(), text.dispose()]);
  });

  it("Gemma gives the reference's hidden states and their mean", async () => {
    const config: GemmaConfig = {
      name: "tiny",
      depth: 2,
      hiddenSize: 16,
      heads: 4,
      keyValueHeads: 2,
      headDim: 6,
      feedForward: 24,
      vocabulary: 30,
    };
    const weights = untrained(gemmaParameters(config));
    const [native, reference] = [gemma(config, { weights, engine }), gemma(config, { weights })];
    const ids = array([2, 4, 9, 29, 0, 2, 28, 0, 0, 0], [2, 5], "i32");
    expect(await native.encode(ids)).toBeAllclose(await reference.encode(ids), close);
    expect(await native.hidden(ids)).toBeAllclose(await reference.hidden(ids), close);
    await native.dispose();
  });
});
