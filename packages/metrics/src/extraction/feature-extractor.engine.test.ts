import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clip, clipB32, clipImageParameters } from "@gmem/encoders/clip";
import { dinov2Parameters, dinov2S } from "@gmem/encoders/dinov2";
import { onnxEncoder } from "@gmem/encoders/onnx";
import { exportOnnx, type OnnxModel, onnxEngine, openOnnx } from "@gmem/engine-onnx";
import { type Aval, type Engine, f32, key, mean, type Named, type NDArray, trace } from "@gmem/tensor";
import { testFeatureExtractor } from "@gmem/testing";
import { readSafetensors } from "@gmem/weights";
import { afterAll, beforeAll } from "vitest";
import { dinov2ForMetrics } from "../dinov2-protocols.ts";
import { fidInception } from "../inception/fid-inception.ts";
import { randomVgg } from "../random-vgg/random-vgg.ts";
import { featureExtractor } from "./feature-extractor.ts";

let engine: Engine;
let folder: string;
let model: OnnxModel;
let inception: Named<NDArray>;
beforeAll(async () => {
  engine = await onnxEngine({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), "gmem-extractor-"));
  const path = join(folder, "colours.onnx");
  const graph = trace({ feeds: { x: f32(13, 3, 16, 16) } }, ({ feeds }) => ({
    fetches: { colours: mean(feeds.x, { axes: [2, 3] }) }, // [13,3]
  }));
  await exportOnnx(graph, { path, parameters: {}, dynamicBatch: { name: "batch", feeds: ["x"] } });
  model = await openOnnx(path, { threads: 1 });
  const narrow = fileURLToPath(new URL("../../test/fixtures/inception_fid_narrow.a.safetensors", import.meta.url));
  const { tensors } = await readSafetensors(narrow);
  inception = Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith("w/") ? [[name.slice(2), tensor]] : [])),
  );
});
afterAll(async () => {
  await model.close();
  await engine.dispose();
  await rm(folder, { recursive: true });
});

const drawn = (parameters: Named<Aval>): Named<NDArray> =>
  Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, key(0).split(name).normal(shape)]));
const size = { depth: 1, hiddenSize: 8, heads: 2 } as const;
const vit = { ...dinov2S, ...size };
const tower = { ...clipB32, dim: 6, imageSize: 16, patchSize: 8, vision: size };

testFeatureExtractor("inception", async () =>
  featureExtractor(await fidInception({ engine, weights: inception, batchSize: 1 })),
);
testFeatureExtractor("random-vgg", () => featureExtractor(randomVgg({ engine })));
testFeatureExtractor("dinov2", () =>
  featureExtractor(
    dinov2ForMetrics({
      engine,
      config: vit,
      weights: drawn(dinov2Parameters(vit)),
      protocol: "dgm-eval",
      batchSize: 1,
    }),
  ),
);
testFeatureExtractor("clip", () =>
  featureExtractor(clip(tower, { engine, weights: drawn(clipImageParameters(tower)), batchSize: 1 })),
);
testFeatureExtractor("ONNX file", () =>
  featureExtractor(
    onnxEncoder({
      name: "colours",
      model,
      engine,
      preprocessing: { resize: { size: 16, filter: "bicubic", fit: "squash" }, mean: [0, 0, 0], std: [1, 1, 1] },
    }),
  ),
);
