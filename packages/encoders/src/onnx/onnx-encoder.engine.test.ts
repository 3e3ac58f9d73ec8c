import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportOnnx, type OnnxModel, openOnnx } from "@gmem/engine-onnx";
import {
  type Aval,
  array,
  cast,
  f32,
  key,
  mean,
  type Named,
  type NDArray,
  type Tensor,
  takeRows,
  trace,
} from "@gmem/tensor";
import { testEncoder } from "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallClip, smallDinov2, untrained } from "../../test/small-encoders.ts";
import { clip, clipImage, clipImageParameters } from "../clip/index.ts";
import { dinov2, dinov2Features, dinov2Parameters } from "../dinov2/index.ts";
import { type ImageModel, onnxEncoder, type Preprocessing } from "./index.ts";

const vitWeights = untrained(dinov2Parameters(smallDinov2));
const towerWeights = untrained(clipImageParameters(smallClip));

/** What REPA does to images of 32 pixels before a network of 28. */
const vitPreprocessing: Preprocessing = {
  resize: { size: 28, filter: "bicubic", fit: "squash" },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
const clipPreprocessing: Preprocessing = {
  resize: { size: 16, filter: "bicubic-pillow", fit: "short-side" },
  crop: 16,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

let folder = "";
const opened: Record<string, OnnxModel> = {};
const model = (name: string): OnnxModel => opened[name] as OnnxModel;

/** Writes a network on images x and opens the file. */
async function write(
  name: string,
  x: Aval,
  network: (p: Named<Tensor>, x: Tensor) => Named<Tensor>,
  { parameters, isFixed = false }: { readonly parameters: Named<NDArray>; readonly isFixed?: boolean },
): Promise<void> {
  const path = join(folder, `${name}.onnx`);
  const graph = trace({ feeds: { x }, state: parameters }, (at) => ({ fetches: network(at.state, at.feeds.x) }));
  await exportOnnx(graph, {
    path,
    parameters,
    ...(!isFixed && { dynamicBatch: { name: "batch", feeds: ["x"] } }),
  });
  opened[name] = await openOnnx(path, { threads: 1 });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gmem-onnx-encoder-"));
  const vision = (p: Named<Tensor>, x: Tensor): Named<Tensor> => {
    const { classToken, patches } = dinov2Features(p, x, smallDinov2);
    return { feature: classToken, patches };
  };
  await write("vit", f32(13, 3, 28, 28), vision, { parameters: vitWeights });
  await write("vit-of-3", f32(3, 3, 28, 28), vision, { parameters: vitWeights, isFixed: true });
  const half: Aval = { dtype: "f16", shape: [13, 3, 28, 28] };
  const rounded = (p: Named<Tensor>, x: Tensor): Named<Tensor> => {
    const { feature } = vision(p, cast(x, "f32"));
    return { y: cast(feature as Tensor, "f16") };
  };
  await write("half", half, rounded, { parameters: vitWeights });
  await write("clip", f32(13, 3, 16, 16), (p, x) => ({ y: clipImage(p, x, smallClip) }), { parameters: towerWeights });
  await write(
    "map",
    f32(13, 5, 7, 3),
    (_, x) => ({ map: x.mul(2), pooled: mean(x, { axes: [1, 2], keepDims: true }) }),
    {
      parameters: {},
    },
  );
});
afterAll(async () => {
  await Promise.all(Object.values(opened).map((each) => each.close()));
  await rm(folder, { recursive: true });
});

const vitEncoder = (name = "vit") =>
  onnxEncoder({ name: "ours", model: model(name), preprocessing: vitPreprocessing, output: "feature" });

testEncoder("of an ONNX file", () => vitEncoder());
testEncoder("of an ONNX file with a batch of its own", () => vitEncoder("vit-of-3"));

describe("an encoder of an ONNX file", () => {
  const images = key(1).uniform([4, 3, 32, 32]);
  const close = { atol: 1e-5, rtol: 1e-5 };

  it("gives tokens of patches out of the output that holds them, or of another one that is named", async () => {
    const own = dinov2({ ...smallDinov2, input: { from: 32, to: 28 } }, { weights: vitWeights });
    const images = key(5).uniform([3, 3, 32, 32]);
    const wanted = await own.patchTokens(images, { grid: 28 / smallDinov2.patchSize });
    const parts = { name: "vit", model: model("vit"), preprocessing: vitPreprocessing };
    const [same, named] = [
      onnxEncoder({ ...parts, output: "patches", pool: "mean" }),
      onnxEncoder({ ...parts, output: "feature", tokens: "patches" }),
    ];
    const grid = Math.sqrt(wanted.shape[1] as number);
    for (const encoder of [same, named])
      expect(await encoder.patchTokens?.(images, { grid })).toBeAllclose(wanted, { atol: 1e-4, rtol: 1e-4 });
    expect(await named.encode(images)).toBeAllclose(await own.encode(images), { atol: 1e-4, rtol: 1e-4 });
    expect((await named.patchTokens?.(images, { grid: 3 }))?.shape).toEqual([3, 9, smallDinov2.hiddenSize]);
    expect(onnxEncoder({ ...parts, output: "feature" }).patchTokens).toBeUndefined();
    expect(() => onnxEncoder({ ...parts, output: "feature", tokens: "feature" })).toThrow(/tokens must name an output/);
  });

  it("with DINOv2's declared pre-processing gives DINOv2's features, also where the file fixes the batch", async () => {
    const expected = await dinov2(smallDinov2, { weights: vitWeights }).encode(images);
    for (const name of ["vit", "vit-of-3"]) {
      const encoder = vitEncoder(name);
      expect(encoder.dim).toBe(16);
      expect(await encoder.encode(images)).toBeAllclose(expected, close);
      await encoder.dispose();
    }
  });

  it("with CLIP's gives CLIP's, of images that are not square", async () => {
    const wide = key(2).uniform([2, 3, 20, 26]);
    const encoder = onnxEncoder({ name: "clip", model: model("clip"), preprocessing: clipPreprocessing });
    expect(await encoder.encode(wide)).toBeAllclose(
      await clip(smallClip, { weights: towerWeights }).encode(wide),
      close,
    );
  });

  it("in half precision gives nearly the same", async () => {
    const encoder = onnxEncoder({ name: "half", model: model("half"), preprocessing: vitPreprocessing });
    const features = await encoder.encode(images);
    expect(features.dtype).toBe("f32");
    expect(features).toBeAllclose(await vitEncoder().encode(images), { atol: 0.02, rtol: 0.02 });
  });

  it("takes the first token, or the mean of all", async () => {
    const options = { name: "ours", model: model("vit"), preprocessing: vitPreprocessing, output: "patches" };
    const patches = await dinov2(smallDinov2, { weights: vitWeights }).patchTokens(images); // [4,16,16]
    const token = (i: number): number[] => Array.from({ length: 64 }, (_, k) => value(patches, k, i));
    const value = ({ data }: NDArray, k: number, t: number): number =>
      data[(Math.floor(k / 16) * 16 + t) * 16 + (k % 16)] as number;
    expect(await onnxEncoder({ ...options, pool: "cls" }).encode(images)).toBeAllclose(array(token(0), [4, 16]), close);
    const average = Array.from({ length: 64 }, (_, k) => {
      let sum = 0;
      for (let t = 0; t < 16; t++) sum += value(patches, k, t);
      return sum / 16;
    });
    expect(await onnxEncoder({ ...options, pool: "mean" }).encode(images)).toBeAllclose(array(average, [4, 16]), close);
  });

  it("averages maps over their pixels, channels last too, and takes pixels that are averaged already", async () => {
    const options = { name: "map", model: model("map"), preprocessing: { layout: "NHWC" } } as const;
    const x = key(3).uniform([2, 3, 5, 7]);
    const average = Array.from({ length: 6 }, (_, k) => {
      let sum = 0;
      for (let i = 0; i < 35; i++) sum += x.data[k * 35 + i] as number;
      return sum / 35;
    });
    const pooled = onnxEncoder({ ...options, output: "pooled" });
    expect(await pooled.encode(x)).toBeAllclose(array(average, [2, 3]), close);
    const twice = array(
      average.map((value) => 2 * value),
      [2, 3],
    );
    expect(await onnxEncoder({ ...options, output: "map", pool: "mean" }).encode(x)).toBeAllclose(twice, close);
    expect(() => onnxEncoder({ ...options, output: "map" })).toThrow(/for pool "none" the output must be \[N,d\]/);
  });

  it("has an id that tells file, pre-processing, output and pooling apart", () => {
    const ids = [
      vitEncoder(),
      vitEncoder("vit-of-3"),
      onnxEncoder({ name: "other", model: model("vit"), preprocessing: vitPreprocessing, output: "feature" }),
      ...(["cls", "mean"] as const).map((pool) =>
        onnxEncoder({ name: "ours", model: model("vit"), preprocessing: vitPreprocessing, output: "patches", pool }),
      ),
      onnxEncoder({
        name: "ours",
        model: model("vit"),
        output: "feature",
        preprocessing: { ...vitPreprocessing, resize: { size: 28, filter: "bicubic-antialias", fit: "squash" } },
      }),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(6);
    const spelledOut = { channels: "RGB", layout: "NCHW", range: [0, 1], ...vitPreprocessing } as const;
    const options = { name: "ours", model: model("vit"), output: "feature" };
    expect(onnxEncoder({ ...options, preprocessing: spelledOut }).id).toBe(ids[0]);
    expect(onnxEncoder({ ...options, preprocessing: spelledOut, id: "mine" }).id).toBe("mine");
  });

  it("refuses files, records and images that do not fit, when it is made where that can be known", async () => {
    const options = { name: "ours", model: model("vit"), preprocessing: vitPreprocessing, output: "feature" };
    const { output: _, ...unnamed } = options;
    expect(() => onnxEncoder(unnamed)).toThrow(/output must name one of .*feature f32 \[batch,16\]; patches/);
    expect(() => onnxEncoder({ ...options, output: "logits" })).toThrow(/got logits/);
    expect(() => onnxEncoder({ ...options, pool: "cls" })).toThrow(/pool "cls" the output must be \[N,T,d\]/);
    expect(() => onnxEncoder({ ...options, output: "patches" })).toThrow(/pool "none"/);
    expect(() => onnxEncoder({ ...options, dim: 17 })).toThrow(/dim must be the width of feature/);
    expect(() => onnxEncoder({ ...options, preprocessing: { layout: "NHWC" } })).toThrow(
      /must take f32 \[any,any,any,3\]/,
    );
    const large = { ...vitPreprocessing, crop: 14 };
    expect(() => onnxEncoder({ ...options, preprocessing: large })).toThrow(/must take f32 \[any,3,14,14\]/);
    const encoder = onnxEncoder({ ...options, preprocessing: {} });
    await expect(encoder.encode(key(0).uniform([1, 3, 32, 32]))).rejects.toMatchObject({ code: "SHAPE" });
    await expect(encoder.encode(key(0).uniform([1, 4, 28, 28]))).rejects.toThrow(/\[N,3,H,W\]/);
  });

  it("takes any model of the same form, and says what is wrong with one that keeps no word", async () => {
    const value = (name: string, ...shape: (number | string)[]) => ({ name, dtype: "f32", shape }) as const;
    const double: ImageModel = {
      hash: "0",
      inputs: [value("x", "n", 3, "h", "w")],
      outputs: [value("y", "n", "d")],
      run: async ({ x }) => ({ y: array((x as NDArray<"f32">).data, [x?.shape[0] ?? 0, 12]) }),
    };
    const options = { name: "double", model: double, preprocessing: {} };
    expect(() => onnxEncoder(options)).toThrow(/give \{ dim \}/);
    const x = key(0).uniform([9, 3, 2, 2]);
    const features = await onnxEncoder({ ...options, dim: 12 }).encode(x);
    expect(features).toBeAllclose(array(x.data, [9, 12]), { atol: 1e-7 });
    await expect(onnxEncoder({ ...options, dim: 11 }).encode(takeRows(x, [0]))).rejects.toMatchObject({
      code: "SHAPE",
    });
    const silent = { ...double, run: async () => ({}) };
    await expect(onnxEncoder({ ...options, model: silent, dim: 12 }).encode(x)).rejects.toMatchObject({
      code: "ENGINE",
    });
    const more = { ...double, inputs: [...double.inputs, value("mask", "n")] };
    expect(() => onnxEncoder({ ...options, model: more, dim: 12 })).toThrow(/must have one input/);
    const flat = { ...double, inputs: [value("x", "n", 12)] };
    expect(() => onnxEncoder({ ...options, model: flat, dim: 12 })).toThrow(/got x f32 \[n,12\]/);
    const grey = { ...double, inputs: [value("x", "n", 1, "h", "w")] };
    expect(() => onnxEncoder({ ...options, model: grey, dim: 12 })).toThrow(/must take f32 \[any,3,any,any\]/);
  });
});
