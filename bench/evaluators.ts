#!/usr/bin/env node
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadImages } from "@gmem/datasets";
import { imageFolder } from "@gmem/datasets/folder";
import { onnxEngine } from "@gmem/engine-onnx";
import {
  authenticity,
  featureStatistics,
  fidInception,
  frechetDistance,
  gaussianDiscrepancy,
  type InceptionResize,
  inceptionScore,
  kernelDistance,
  kernelSubsets,
  openDraws,
  precisionRecall,
} from "@gmem/metrics";
import { array, type Engine, key, type NDArray } from "@gmem/tensor";
import { readTorch } from "@gmem/weights";
import { inFolder, writeRaw } from "./features.ts";
import { writePictures } from "./pictures.ts";

const width = 256;
/** Pictures of a folder, and their size. */
const pictures = { count: 48, height: 36, width: 40 } as const;

type Numbers = Record<string, number | readonly number[]>;

/** Features that are not negative, as those behind a ReLU, of which the second set is a little narrower. */
const rows = (seed: number, n: number, scale: number): NDArray<"f32"> => {
  const { data } = key(seed).normal([n, width]);
  return array(
    data.map((value, at) => Math.max(0, value * scale + 0.3) * (0.05 + Math.exp(-(at % width) / 40))),
    [n, width],
  );
};

async function onFeatures(
  sides: Readonly<Record<"real" | "fake" | "logits", NDArray<"f32">>>,
  engine: Engine,
): Promise<Numbers> {
  const { real, fake, logits } = sides;
  const out: Numbers = {};
  const fid = async (mean: "float32" | "float64"): Promise<number> =>
    frechetDistance(await featureStatistics(real, { engine, mean }), await featureStatistics(fake, { engine, mean }), {
      engine,
    });
  for (const name of ["pytorch-fid", "clean-fid", "torch-fidelity", "torchmetrics"])
    out[`FID, ${name}, float64`] = await fid("float64");
  for (const name of ["clean-fid", "torch-fidelity"]) out[`FID, ${name}, float32`] = await fid("float32");
  const n = logits.shape[0] as number;
  const score = (name: string, options: Parameters<typeof inceptionScore>[1], deviation: boolean): void => {
    const found = inceptionScore(logits, options);
    out[`IS, ${name}`] = found.score;
    if (deviation) out[`IS deviation, ${name}`] = found.deviation;
  };
  const numpy = openDraws("numpy", 2020).permutation(n);
  score("torch-fidelity", { splits: { count: 10, remainder: "spread" }, order: numpy }, true);
  score(
    "torchmetrics",
    { splits: { count: 10, remainder: "short" }, order: openDraws("torch", 5).permutation(n), degrees: 1 },
    true,
  );
  score("adm, splits of 1,000", { splitSize: 1000 }, false);
  score("dgm-eval", { splits: { count: 10, remainder: "dropped" }, order: numpy }, false);
  const sizes: readonly [number, number] = [real.shape[0] as number, fake.shape[0] as number];
  const kid = async (
    name: string,
    how: {
      generator: "numpy" | "torch";
      seed: number;
      drawnFirst: "first" | "second";
      products: "float32" | "float64";
      deviation?: boolean;
    },
  ): Promise<void> => {
    const subsets = kernelSubsets(openDraws(how.generator, how.seed), {
      rows: sizes,
      count: 20,
      size: 500,
      drawnFirst: how.drawnFirst,
    });
    const { mean, deviation } = await kernelDistance(real, fake, { subsets, engine, products: how.products });
    out[`KID, ${name}, ${how.products}`] = mean;
    if (how.deviation ?? true) out[`KID deviation, ${name}, ${how.products}`] = deviation;
  };
  for (const products of ["float64", "float32"] as const)
    await kid("torch-fidelity", { generator: "numpy", seed: 2020, drawnFirst: "second", products });
  await kid("clean-fid", { generator: "numpy", seed: 5, drawnFirst: "second", products: "float64", deviation: false });
  await kid("torchmetrics", { generator: "torch", seed: 5, drawnFirst: "first", products: "float64" });
  const five = await precisionRecall(real, fake, { neighbours: 5, inside: "<", engine });
  for (const name of ["precision", "recall", "density", "coverage"] as const) out[`${name}, prdc`] = five[name];
  const three = await precisionRecall(real, fake, { engine });
  for (const kind of ["float64", "float32"])
    for (const name of ["precision", "recall"] as const) out[`${name}, torch-fidelity, ${kind}`] = three[name];
  out["CMMD, σ = 10"] = await gaussianDiscrepancy(real, fake, { engine });
  out.AuthPct = 100 * (await authenticity(real, fake, { engine })).share;
  return out;
}

async function onFolders(folder: string, engine: Engine): Promise<Numbers> {
  const out: Numbers = {};
  const { tensors: weights } = await readTorch(join(folder, "inception.pth"));
  const images = async (side: "a" | "b"): Promise<NDArray<"f32">> => {
    const dataset = await imageFolder(join(folder, side));
    return loadImages(
      dataset,
      Array.from({ length: dataset.length }, (_, i) => i),
    );
  };
  const [a, b] = [await images("a"), await images("b")];
  const seen = async (resize: InceptionResize) => {
    const inception = await fidInception({ engine, weights, resize });
    const found = { a: await inception.features(a), b: await inception.features(b) };
    await inception.dispose();
    return found;
  };
  for (const [name, resize, mean] of [
    ["pytorch-fid", "pytorch-fid", "float64"],
    ["clean-fid", "clean-fid", "float32"],
    ["torch-fidelity", "tf1", "float32"],
  ] as const) {
    const sides = await seen(resize);
    const statistics = (rows: NDArray<"f32">) => featureStatistics(rows, { engine, mean });
    out[`folders: FID, ${name}`] = await frechetDistance(
      await statistics(sides.a.pool),
      await statistics(sides.b.pool),
      { engine },
    );
    if (name !== "torch-fidelity") {
      out[`folders: first features, ${name}`] = [...sides.a.pool.data.subarray(0, 2048)];
      continue;
    }
    const n = pictures.count;
    out[`folders: IS, ${name}`] = inceptionScore(sides.b.logits, {
      splits: { count: 10, remainder: "spread" },
      order: openDraws("numpy", 2020).permutation(n),
    }).score;
    const subsets = kernelSubsets(openDraws("numpy", 2020), {
      rows: [n, n],
      count: 20,
      size: n / 2,
      drawnFirst: "second",
    });
    out[`folders: KID, ${name}`] = (await kernelDistance(sides.a.pool, sides.b.pool, { subsets, engine })).mean;
    const { precision, recall } = await precisionRecall(sides.a.pool, sides.b.pool, { engine });
    Object.assign(out, { [`folders: precision, ${name}`]: precision, [`folders: recall, ${name}`]: recall });
  }
  return out;
}

/** Differences of means near 1, and small where the sets are alike: what counts is their absolute error. */
const absolute = /^(KID|CMMD)/;

/** The largest relative difference: of lists to their largest value. */
function difference(name: string, ours: number | readonly number[], theirs: number | readonly number[]): number {
  if (typeof ours === "number" || typeof theirs === "number")
    return absolute.test(name) ? Math.abs(Number(ours) - Number(theirs)) : Math.abs(Number(ours) / Number(theirs) - 1);
  const largest = Math.max(...theirs.map(Math.abs));
  return Math.max(...ours.map((value, i) => Math.abs(value - (theirs[i] as number)))) / largest;
}

/** What may differ: the rounding of float64; of float32 where the other, or the network, has it. */
function limit(name: string): number {
  if (name.startsWith("folders: first features")) return 2e-4;
  if (name.startsWith("folders:")) return 1e-4;
  if (name.includes("float32") || /^(precision|recall), torch-fidelity/.test(name)) return 1e-6; // means of shares in float32
  return name.startsWith("FID") ? 1e-6 : 1e-10;
}

function python(program: string, folder: string): Promise<Record<string, number | number[] | string>> {
  const script = fileURLToPath(new URL("../peers/evaluators.py", import.meta.url));
  const child = spawn(program, [script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const last = Buffer.concat(parts).toString("utf8").trim().split("\n").at(-1) ?? "";
      if (code === 0) resolve(JSON.parse(last));
      else reject(new Error(`evaluators.py ended with ${code}`));
    });
  });
}

const shown = (value: number | readonly number[]): string =>
  typeof value === "number" ? String(Number(value.toPrecision(12))) : `${value.length} values`;

/** `node bench/dist/evaluators.js PYTHON`: a table of ours beside theirs; ends with 1 if one differs by more than its limit. */
async function main(program: string): Promise<void> {
  await inFolder(async (folder) => {
    const sides = {
      real: rows(1, 3000, 1),
      fake: rows(2, 2600, 0.97),
      logits: array(
        key(3)
          .normal([2603, 1008])
          .data.map((x) => 2 * x),
        [2603, 1008],
      ),
    };
    for (const [name, { data }] of Object.entries(sides))
      await writeRaw(join(folder, `${name}.f32`), data as Float32Array);
    const shapes = Object.fromEntries(Object.entries(sides).map(([name, { shape }]) => [name, shape]));
    await writeFile(join(folder, "shapes.json"), JSON.stringify(shapes));
    await writePictures(join(folder, "a"), { ...pictures, seed: 4, shift: 0 });
    await writePictures(join(folder, "b"), { ...pictures, seed: 5, shift: 0.1 });
    const { versions, ...theirs } = await python(program, folder);
    const engine = await onnxEngine({ threads: 2 });
    const ours = { ...(await onFeatures(sides, engine)), ...(await onFolders(folder, engine)) };
    await engine.dispose();
    console.log(`${versions}\n\n| number | theirs | ours | difference | at most |\n| --- | --- | --- | --- | --- |`);
    for (const [name, value] of Object.entries(theirs)) {
      const own = ours[name];
      const off = own === undefined ? Number.NaN : difference(name, own, value as number);
      if (!(off <= limit(name))) process.exitCode = 1;
      const cells = [
        name,
        shown(value as number),
        own === undefined ? "-" : shown(own),
        off.toExponential(1),
        limit(name).toExponential(0),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  });
}

await main(process.argv[2] ?? "python3");
