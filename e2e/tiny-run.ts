import { join } from "node:path";
import { unitRows } from "@gmem/memory-bank";
import { openEngine, openRun } from "@gmem/runs";
import { array, key, type NDArray, trace } from "@gmem/tensor";
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
  /** The folder of `export --page`, and pictures [N,3,H,W] that Node draws from a row and a seed. */
  readonly page: { readonly folder: string; readonly row: number; readonly seed: number; readonly images: Values };
}

/** Small enough to train in seconds. */
export const tinySettings = [
  "name=tiny",
  "steps=20",
  "batch=8",
  "image.count=300",
  "image.heldOut=16",
  "sampleEvery=20",
  "encoder.clusters=16",
  "encoder.dim=16",
  "encoder.patches=2000",
  "backbone.depth=2",
  "backbone.hiddenSize=32",
  "backbone.heads=2",
  "backbone.adaLNInit=xavier",
  "sampler.solver=heun",
  "sampler.steps=5",
  "sampler.cfg=1.5",
  "sampler.cfgInterval=[0,0.7]",
];

/** Trained and exported by the commands; its numbers by the packages, as the training app has them. */
export async function tinyRun(folder: string): Promise<TinyRun> {
  const cli = join(root, "apps/train/dist/cli.js");
  run(process.execPath, [cli, "run", "scenes-tiny", ...tinySettings], folder);
  const listing = run(process.execPath, [cli, "export", "runs/tiny"], folder);
  const files = join(folder, "runs/tiny");
  run(process.execPath, [cli, "export", "runs/tiny", "--page"], folder);
  return {
    onnx: join(files, "onnx"),
    picture: join(files, "samples/step-000020.png"),
    listing,
    ...(await drawn(files)),
  };
}

/** What the engine gives. */
async function drawn(folder: string): Promise<Pick<TinyRun, "comparisons" | "page">> {
  const engine = await openEngine({ kind: "onnx", device: "cpu", threads: 1 });
  const opened = await openRun(folder, { engine });
  try {
    const { config, model, state, conditioner } = opened;
    const { latent } = model.backbone;
    const [n, request] = [4, conditioner.parse({ rows: [3, 3, 7, 11] })];
    const noise = key(1).normal([n, ...latent]);
    const { snippet } = (await conditioner.resolve(noise, request)) as Record<"snippet", NDArray>;
    const feeds = { x: noise, t: array([0.1, 0.4, 0.7, 1]), snippet };
    const graph = trace({ feeds, state: model.avals() }, ({ feeds: given, state: p }) => ({
      fetches: { velocity: model.velocity(p, given.x, given.t, model.condition(p, given)).velocity },
    }));
    const { velocity } = (await (await engine.compile(graph, { state })).run(feeds)) as Record<"velocity", NDArray>;

    const sampler = await opened.sampler(config.sampler, { batchSize: n });
    const { latents } = await sampler.drawLatents({ request, noise, count: n, seed: 0 });
    const tokenizer = await opened.tokenizer();
    const pictures = key(2).uniform([n, ...latent]);
    const features = await (await opened.encoder()).encode(pictures);
    const [row, seed] = [3, 5];
    const { images } = await sampler.draw({ request: conditioner.parse({ rows: [row] }), count: n, seed });
    const page = { folder: join(folder, "page"), row, seed, images: plain({ images }).images as Values };
    const comparisons = [
      of("backbone", feeds, { velocity }),
      of("sampler", { noise, snippet }, { latents }),
      of("decoder", { latents }, { images: await tokenizer.decode(latents) }),
      of("tokenizer-encoder", { images: pictures }, { latents: await tokenizer.encode(pictures) }),
      of("encoder", { images: pictures }, { features, snippet: unitRows(features) }),
    ];
    return { comparisons, page };
  } finally {
    await opened.close();
    await engine.dispose();
  }
}

type Arrays = Readonly<Record<string, NDArray>>;

const plain = (arrays: Arrays): Comparison["feeds"] =>
  Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data as Float32Array) }]),
  );

const of = (part: string, feeds: Arrays, wanted: Arrays): Comparison => ({
  part,
  feeds: plain(feeds),
  wanted: plain(wanted),
});
