import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Sit from "../packages/backbones/src/sit/index.ts";
import type * as PatchKmeans from "../packages/encoders/src/patch-kmeans/index.ts";
import type * as EngineOnnx from "../packages/engine-onnx/src/index.ts";
import type * as MemoryBank from "../packages/memory-bank/src/index.ts";
import type * as Model from "../packages/model/src/index.ts";
import type * as Samplers from "../packages/samplers/src/index.ts";
import type * as Tensor from "../packages/tensor/src/index.ts";
import type * as Pixels from "../packages/tokenizers/src/pixels/index.ts";
import type * as Weights from "../packages/weights/src/index.ts";
import { root, run } from "./repository.ts";

/** What a file takes and what the engine gives for it. */
export interface Comparison {
  /** Without ".onnx". */
  readonly part: string;
  readonly feeds: Readonly<Record<string, Values>>;
  readonly wanted: Readonly<Record<string, Values>>;
}

/** Float32 numbers as JSON. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface TinyRun {
  readonly onnx: string;
  /** A picture, to begin with. */
  readonly picture: string;
  /** What `export` printed. */
  readonly listing: string;
  readonly comparisons: readonly Comparison[];
}

const settings = [
  ...["name=tiny", "steps=20", "batch=8", "image.count=300", "image.heldOut=16", "sampleEvery=20"],
  ...["encoder.clusters=16", "encoder.dim=16", "encoder.patches=2000"],
  ...["backbone.depth=2", "backbone.hiddenSize=32", "backbone.heads=2", "backbone.adaLNInit=xavier"],
  ...["sampler.solver=heun", "sampler.steps=5", "sampler.cfg=1.5", "sampler.cfgInterval=[0,0.7]"],
];

/** Trained and exported by the commands; its numbers by the packages, as the training app has them. */
export async function tinyRun(folder: string): Promise<TinyRun> {
  const cli = join(root, "apps/train/dist/cli.js");
  run(process.execPath, [cli, "run", "scenes-tiny", ...settings], folder);
  const listing = run(process.execPath, [cli, "export", "runs/tiny"], folder);
  const files = join(folder, "runs/tiny");
  return {
    ...{ onnx: join(files, "onnx"), picture: join(files, "samples/step-000020.png"), listing },
    comparisons: await compare(files),
  };
}

/** A package from where the training app has it: this folder depends on none of them. */
async function built<T>(name: string): Promise<T> {
  const require = createRequire(join(root, "apps/train/package.json"));
  return (await import(pathToFileURL(require.resolve(name)).href)) as T;
}

async function compare(files: string): Promise<readonly Comparison[]> {
  const { array, key, trace } = await built<typeof Tensor>("@gmem/tensor");
  const { onnxEngine } = await built<typeof EngineOnnx>("@gmem/engine-onnx");
  const { cfg, heun, sample, shiftedGrid } = await built<typeof Samplers>("@gmem/samplers");
  const { sit } = await built<typeof Sit>("@gmem/backbones/sit");
  const { velocityModel } = await built<typeof Model>("@gmem/model");
  const { conditioner, openBank, unitRows } = await built<typeof MemoryBank>("@gmem/memory-bank");
  const { loadPatchKmeans, patchKmeans } = await built<typeof PatchKmeans>("@gmem/encoders/patch-kmeans");
  const { pixels } = await built<typeof Pixels>("@gmem/tokenizers/pixels");
  const { readSafetensors } = await built<typeof Weights>("@gmem/weights");

  const { config } = JSON.parse(await readFile(join(files, "config.json"), "utf8"));
  const engine = await onnxEngine({ threads: 1 });
  const bank = await openBank(join(files, "bank/bank.safetensors"));
  try {
    const { size } = config.image;
    const backbone = sit({ ...config.backbone, latent: [3, size, size] });
    const model = velocityModel({ backbone, conditioner: conditioner({ bank }), adapter: config.adapter });
    const parameters = (await readSafetensors(join(files, "model.safetensors"))).tensors;

    const [n, rows] = [4, [3, 3, 7, 11]];
    const noise = key(1).normal([n, 3, size, size]);
    const { snippet } = await model.conditioner.resolve(noise, { rows });
    const feeds = { x: noise, t: array([0.1, 0.4, 0.7, 1]), snippet: snippet as Tensor.NDArray };
    const graph = trace({ feeds, state: model.avals() }, ({ feeds: given, state }) => ({
      fetches: { velocity: model.velocity(state, given.x, given.t, model.condition(state, given)).velocity },
    }));
    const state = await engine.state(parameters);
    const { velocity } = await (await engine.compile(graph, { state })).run(feeds);

    const { cfg: scale, cfgInterval: interval, shift, steps } = config.sampler;
    const guidance = cfg({ scale, interval });
    const drawing = { engine, model, parameters, solver: heun, steps, guidance, grid: shiftedGrid(shift) };
    const tokenizer = pixels({ size });
    const { latents, images } = await sample({ ...drawing, tokenizer, request: { rows }, noise, count: n, seed: 0 });

    const encoder = patchKmeans(await loadPatchKmeans(join(files, "bank/encoder.safetensors")), { engine });
    const pictures = key(2).uniform([n, 3, size, size]);
    const features = await encoder.encode(pictures);
    return [
      of("backbone", feeds, { velocity: velocity as Tensor.NDArray }),
      of("sampler", { noise, snippet: snippet as Tensor.NDArray }, { latents }),
      of("decoder", { latents }, { images }),
      of("tokenizer-encoder", { images: pictures }, { latents: await tokenizer.encode(pictures) }),
      of("encoder", { images: pictures }, { features, snippet: unitRows(features) }),
    ];
  } finally {
    await bank.close();
    await engine.dispose();
  }
}

type Arrays = Readonly<Record<string, Tensor.NDArray>>;

const plain = (arrays: Arrays): Comparison["feeds"] =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data as Float32Array) }]),
  );

const of = (part: string, feeds: Arrays, wanted: Arrays): Comparison => ({
  ...{ part, feeds: plain(feeds), wanted: plain(wanted) },
});
