import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clipImageParameters, clipL14 } from "@gmem/encoders/clip";
import { dinov2B, dinov2Features, dinov2Parameters } from "@gmem/encoders/dinov2";
import { exportOnnx } from "@gmem/engine-onnx";
import { array, f32, type Named, type NDArray, trace } from "@gmem/tensor";
import { drawnParameters } from "@gmem/testing";
import { dcAeParameters } from "@gmem/tokenizers/dc-ae";
import { klVaeParameters, sdVaeF8D4 } from "@gmem/tokenizers/sd-vae";
import { writeSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import { checkConfig } from "../config/load.ts";
import { merge, type Tree } from "../config/tree.ts";
import { runFiles } from "../folder/run-files.ts";
import { encodeLatents } from "./encode-latents.ts";
import { trainRun } from "./train-run.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-"));
const at = (...path: string[]): string => join(folder, ...path);

// networks of the published families, small enough for a test
const vae = {
  channels: 16,
  normGroups: 8,
  multipliers: [1, 1],
  residualBlocks: 1,
  zChannels: 4,
  latentChannels: 4,
  attentionLevels: [],
};
const stage = (width: number) =>
  ({ width, depth: 1, block: "residual", norm: "rms", activation: "silu", scales: [] }) as const;
const stages = [stage(8), stage(16)];
const dcAe = {
  latentChannels: 8,
  scale: 0.4,
  encoder: { stages, downsample: "stride" },
  decoder: { stages, upsample: "nearest" },
} as const;
const vit = { depth: 1, hiddenSize: 16, heads: 2, patchSize: 2, positionGrid: 4, input: { from: 8, to: 8 } } as const;
const tower = { dim: 8, imageSize: 8, patchSize: 2, vision: { depth: 1, hiddenSize: 16, heads: 2 } };

/** An autoencoder as training leaves it: it knows its latents to within e⁻⁴. */
function certain(parameters: Named<NDArray>): Named<NDArray> {
  const { data, shape } = parameters["quant_conv.weight"] as NDArray;
  const half = data.length / 2; // means, then log-variances
  return {
    ...parameters,
    "quant_conv.weight": array(
      Float32Array.from(data, (value, i) => (i < half ? value : 0)),
      shape,
    ),
    "quant_conv.bias": array([0, 0, 0, 0, -8, -8, -8, -8]),
  };
}

const weights = (name: string): string => at(`${name}.safetensors`);
const tokenizers: Readonly<Record<string, Tree>> = {
  pixels: {},
  "sd-vae": { weights: weights("vae"), network: vae },
  "va-vae": { weights: weights("vae"), network: vae },
  "dc-ae": { weights: weights("dc-ae"), network: dcAe },
};
const encoders: Readonly<Record<string, Tree>> = {
  "patch-kmeans": { clusters: 8, dim: 8, patchSize: 3, patches: 300 },
  dinov2: { weights: weights("dinov2"), network: vit },
};
const backbones = ["sit", "lightning-dit", "dit"];
const conditioners = ["memory-bank", "class-table", "unconditional"];

const steps = 40;
const base: Tree = {
  runs: folder,
  data: "scenes",
  steps,
  batch: 8,
  checkpointEvery: steps,
  keep: 1,
  image: { size: 8, count: 48, heldOut: 4 },
  adapter: { gain: 4 },
  optimizer: { lr: 5e-3, betas: [0.9, 0.95] },
  schedule: { warmup: 4 },
  engine: { threads: 1 },
};
const backboneOf = (kind: string): Tree => ({ kind, patchSize: 1, depth: 1, hiddenSize: 16, heads: 2 });
const config = (name: string, ...patches: Tree[]) => checkConfig(patches.reduce(merge, { ...base, name }), name);
const stored = (tokenizer: string, encoder: string): string => at("latents", `${tokenizer}-${encoder}`);
const images = (tokenizer: string, encoder: string): Tree => ({
  tokenizer: { kind: tokenizer, ...tokenizers[tokenizer] },
  encoder: { kind: encoder, ...encoders[encoder] },
});

interface Line {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly warning?: string;
}

/** The steps of a run from its configuration to its finished folder. */
async function stepsOf(name: string, ...patches: Tree[]): Promise<readonly Line[]> {
  const { loss } = await trainRun(config(name, ...patches), { files: runFiles(at(name)), resume: false });
  const lines = readFileSync(runFiles(at(name)).metrics, "utf8")
    .trim()
    .split("\n");
  expect(Number.isFinite(loss)).toBe(true);
  return lines.map((line) => JSON.parse(line) as Line);
}
const mean = (lines: readonly Line[], value: (line: Line) => number): number =>
  lines.reduce((sum, line) => sum + value(line), 0) / lines.length;

function expectToLearn(lines: readonly Line[], value: (line: Line) => number = ({ loss }) => loss): void {
  expect(lines).toHaveLength(steps);
  expect(lines.filter(({ warning }) => warning !== undefined)).toEqual([]);
  expect(mean(lines.slice(-8), value)).toBeLessThan(0.95 * mean(lines.slice(0, 8), value));
}

beforeAll(async () => {
  await writeSafetensors(weights("vae"), certain(drawnParameters(klVaeParameters({ ...sdVaeF8D4, ...vae }))));
  await writeSafetensors(weights("dc-ae"), drawnParameters(dcAeParameters(dcAe)));
  await writeSafetensors(weights("dinov2"), drawnParameters(dinov2Parameters({ ...dinov2B, ...vit })));
  await writeSafetensors(weights("clip"), drawnParameters(clipImageParameters({ ...clipL14, ...tower })));
});

describe.each(Object.keys(tokenizers))("latents of %s", (tokenizer) => {
  describe.each(Object.keys(encoders))("with snippets of %s", (encoder) => {
    beforeAll(async () => {
      const options = { folder: stored(tokenizer, encoder), snippets: true, shardRows: 100 };
      await encodeLatents(config("latents", images(tokenizer, encoder), { backbone: backboneOf("sit") }), options);
    });

    it.each(backbones.flatMap((backbone) => conditioners.map((conditioner) => [backbone, conditioner] as const)))(
      "train %s on %s, with a loss that falls",
      async (backbone, conditioner) => {
        const parts = {
          data: stored(tokenizer, encoder),
          backbone: backboneOf(backbone),
          conditioner: { kind: conditioner },
        };
        const lines = await stepsOf(
          [tokenizer, encoder, backbone, conditioner].join("-"),
          images(tokenizer, encoder),
          parts,
        );
        expectToLearn(lines);
      },
    );
  });
});

describe("REPA", () => {
  beforeAll(async () => {
    const parameters = drawnParameters(dinov2Parameters({ ...dinov2B, ...vit }));
    const graph = trace({ feeds: { x: f32(13, 3, 8, 8) }, state: parameters }, ({ feeds, state }) => {
      const { classToken, patches } = dinov2Features(state, feeds.x, { ...dinov2B, ...vit });
      return { fetches: { feature: classToken, patches } };
    });
    await exportOnnx(graph, { path: at("vit.onnx"), parameters, dynamicBatch: { name: "batch", feeds: ["x"] } });
  });

  const repaEncoders: Readonly<Record<string, Tree>> = {
    "the run's encoder": {},
    clip: { encoders: [{ kind: "clip", weights: weights("clip"), network: tower }] },
    "an onnx file": {
      encoders: [{ kind: "onnx", weights: at("vit.onnx"), dim: 16, output: "feature", tokens: "patches" }],
    },
  };

  it.each(["sit", "dit"].flatMap((backbone) => Object.keys(repaEncoders).map((with_) => [backbone, with_] as const)))(
    "aligns %s with %s, whatever the snippets are of",
    async (backbone, encoder) => {
      const repa = { depth: 1, hidden: 16, ...repaEncoders[encoder] };
      const name = `repa-${backbone}-${Object.keys(repaEncoders).indexOf(encoder)}`;
      const parts = { backbone: { ...backboneOf(backbone), patchSize: 2 }, objective: { repa } };
      const lines = await stepsOf(name, images("pixels", "patch-kmeans"), parts);
      expectToLearn(lines);
      expectToLearn(lines.map((line) => ({ ...line, loss: 1 + (line.parts.repa as number) })));
    },
  );

  it("aligns a DiT with stored targets of another encoder than that of the snippets", async () => {
    const repa = { depth: 1, hidden: 16, ...repaEncoders.clip };
    const parts = {
      ...images("pixels", "patch-kmeans"),
      backbone: { ...backboneOf("dit"), patchSize: 2 },
      objective: { repa },
    };
    const options = { folder: at("targets"), snippets: true, targets: true, shardRows: 100 };
    await encodeLatents(config("latents", parts), options);
    expectToLearn(await stepsOf("repa-stored", parts, { data: at("targets") }));
  });
});
