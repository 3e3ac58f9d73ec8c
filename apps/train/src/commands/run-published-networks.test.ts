import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng, toBytes } from "@gmem/datasets/png";
import { scenes } from "@gmem/datasets/scenes";
import { clipImageParameters, clipL14 } from "@gmem/encoders/clip";
import { type Dinov2Config, dinov2B, dinov2Parameters } from "@gmem/encoders/dinov2";
import { openBank } from "@gmem/memory-bank";
import { checkConfig, encodeLatents, merge, runFiles, type Tree, trainRun } from "@gmem/runs";
import { array, type NDArray } from "@gmem/tensor";
import { drawnParameters } from "@gmem/testing";
import { dcAeParameters } from "@gmem/tokenizers/dc-ae";
import { klVaeParameters, sdVaeF8D4 } from "@gmem/tokenizers/sd-vae";
import { type Checkpoint, listCheckpoints, readCheckpoint } from "@gmem/trainer";
import { readSafetensors, writeSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bankBuild } from "./bank-build.ts";
import { exportRun } from "./export.ts";
import { latents } from "./latents.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-"));
const at = (...path: string[]): string => join(folder, ...path);

/** Networks of the published families, small enough for a test. */
const vae = { channels: 32, multipliers: [1, 1, 1], residualBlocks: 1, zChannels: 4, latentChannels: 4 } as const;
const dinov2 = {
  depth: 1,
  hiddenSize: 16,
  heads: 2,
  patchSize: 4,
  positionGrid: 4,
  input: { from: 16, to: 16 },
} as const;

const base: Tree = {
  runs: at("runs"),
  data: at("photos"),
  steps: 4,
  batch: 6,
  checkpointEvery: 4,
  sampleEvery: 4,
  keep: 1,
  image: { size: 16, heldOut: 6, flip: true },
  tokenizer: { kind: "sd-vae", weights: at("vae.safetensors"), network: vae },
  encoder: { kind: "dinov2", weights: at("dinov2.safetensors"), network: dinov2 },
  backbone: { kind: "sit", patchSize: 1, depth: 2, hiddenSize: 16, heads: 2 },
  objective: { repa: { depth: 1, hidden: 24 } },
  ema: { warmup: true },
  sampler: { solver: "heun", steps: 2 },
};
const config = (name: string, patch: Tree = {}) => checkConfig(merge({ ...base, name }, patch), name);
const trainOn = (name: string, patch: Tree = {}) =>
  trainRun(config(name, patch), {
    files: runFiles(at("runs", name)),
    resume: false,
    signal: new AbortController().signal,
  });
const metrics = (name: string): { loss: number; parts: Record<string, number> }[] =>
  readFileSync(at("runs", name, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const pictures = scenes({ count: 30, size: 32 });
  for (let i = 0; i < pictures.length; i++) {
    const { image, label } = await pictures.at(i);
    const parent = at("photos", pictures.classes[label ?? 0] as string);
    mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, `${String(i).padStart(3, "0")}.png`), await encodePng(toBytes(image)));
  }
  await writeSafetensors(at("vae.safetensors"), drawnParameters(klVaeParameters({ ...sdVaeF8D4, ...vae })));
  const vit: Dinov2Config = { ...dinov2B, ...dinov2 };
  await writeSafetensors(at("dinov2.safetensors"), drawnParameters(dinov2Parameters(vit)));
});

describe("published tokenizers, encoders and backbones in the training app", () => {
  it("train with REPA, flips and latents of a posterior; a run from stored latents takes the same steps", async () => {
    await trainOn("direct");
    const steps = metrics("direct");
    expect(steps).toHaveLength(4);
    for (const { parts } of steps) {
      expect(Object.keys(parts).sort()).toEqual(["repa", "velocity"]);
      expect(Math.abs(parts.repa as number)).toBeLessThanOrEqual(1);
    }
    const { tensors, metadata } = await readSafetensors(at("runs", "direct", "model.safetensors"));
    expect(Object.keys(tensors).some((name) => name.startsWith("projector"))).toBe(false);
    expect(metadata).toMatchObject({ architecture: "sit", time_direction: "data0", conditioner: "memory-bank" });

    const file = at("latents.json");
    writeFileSync(file, JSON.stringify({ ...base, name: "stored" }));
    const options = { out: at("latents"), snippets: true, targets: true, shardRows: 13 };
    await latents(file, [], options);
    await trainOn("stored", { data: at("latents") });
    for (const [i, { loss, parts }] of metrics("stored").entries()) {
      expect(loss).toBeCloseTo(steps[i]?.loss as number, 6); // targets came in blocks of other sizes
      expect(parts.repa).toBeCloseTo(steps[i]?.parts.repa as number, 6);
    }

    await sampleRun(at("runs", "stored"), { count: 3, seed: 0, weights: "ema", rows: "2" });
    expect(readFileSync(at("runs", "stored", "samples", "seed-0-rows-2.png")).length).toBeGreaterThan(100);
  });

  it("align with several encoders at once, from pictures and from stored latents alike", async () => {
    const learned = { kind: "patch-kmeans", clusters: 8, dim: 4, patchSize: 3, patches: 500 };
    const several = { objective: { repa: { encoders: [base.encoder, learned] } } };
    await trainOn("several", several);
    const [checkpoint] = await listCheckpoints(at("runs", "several"));
    const tensors = await readCheckpoint(checkpoint as Checkpoint);
    expect(tensors["model/projectors.0.4.weight"]?.shape).toEqual([16, 24]);
    expect(tensors["model/projectors.1.4.weight"]?.shape).toEqual([8, 24]);
    expect(existsSync(at("runs", "several", "bank", "encoder.repa-1.safetensors"))).toBe(true);
    const { parts } = await encodeLatents(config("several-stored", several), {
      folder: at("latents-several"),
      snippets: true,
      targets: true,
      shardRows: 20,
    });
    expect([parts.targets, parts["targets.1"]]).toEqual([
      [16, 16],
      [16, 8],
    ]);
    await trainOn("several-stored", { ...several, data: at("latents-several") });
    expect(metrics("several-stored")).toHaveLength(4);
    for (const { parts: of } of metrics("several-stored")) expect(Math.abs(of.repa as number)).toBeLessThanOrEqual(1);
    await expect(trainOn("one-of-two", { data: at("latents-several") })).rejects.toThrow(/REPA targets of 1 encoders/);
  });

  it("take DC-AE and CLIP, VA-VAE with its statistics and any encoder in an ONNX file", async () => {
    const stage = (width: number, block: "residual" | "attention") =>
      ({ width, depth: 1, block, norm: "rms", activation: "silu", scales: [] }) as const;
    const stages = [stage(8, "residual"), stage(32, "attention")];
    const dcAe = {
      latentChannels: 8,
      scale: 0.4,
      encoder: { stages, downsample: "stride" },
      decoder: { stages, upsample: "nearest" },
    } as const;
    const tower = { depth: 1, hiddenSize: 16, heads: 2 };
    const small = { dim: 8, imageSize: 16, patchSize: 8, vision: tower };
    await writeSafetensors(at("dc-ae.safetensors"), drawnParameters(dcAeParameters(dcAe)));
    await writeSafetensors(at("clip.safetensors"), drawnParameters(clipImageParameters({ ...clipL14, ...small })));
    const mean = array([0.1, 0, -0.1, 0.2], [1, 4, 1, 1]);
    await writeSafetensors(at("stats.safetensors"), { mean, std: array([1, 2, 1, 0.5], [1, 4, 1, 1]) });
    await exportRun(at("runs", "direct"), { part: "encoder", out: at("onnx") });

    const plain = { ...base, steps: 2, objective: {} };
    const runWith = (name: string, parts: Tree) =>
      trainRun(checkConfig({ ...plain, name, ...parts }, name), {
        files: runFiles(at("runs", name)),
        resume: false,
        signal: new AbortController().signal,
      });
    await runWith("dc-ae", {
      tokenizer: { kind: "dc-ae", weights: at("dc-ae.safetensors"), network: dcAe },
      encoder: { kind: "clip", weights: at("clip.safetensors"), network: small },
    });
    await sampleRun(at("runs", "dc-ae"), { count: 2, seed: 0, weights: "ema" });
    await runWith("va-vae", {
      tokenizer: {
        kind: "va-vae",
        weights: at("vae.safetensors"),
        statistics: at("stats.safetensors"),
        network: { ...vae, attentionLevels: [] },
      },
      encoder: { kind: "onnx", weights: at("onnx", "encoder.onnx"), dim: 16, output: "features" },
    });
    // the file is the encoder of the first run: the two banks hold the same snippets
    const [own, exported] = await Promise.all(["direct", "va-vae"].map((name) => openBank(at("runs", name, "bank"))));
    const rows = Int32Array.of(0, 11, 23);
    expect(await exported?.at(rows)).toBeAllclose((await own?.at(rows)) as NDArray, { atol: 1e-5 });
    expect(exported?.encoderId).toMatch(/^encoder-/);
    await Promise.all([own?.close(), exported?.close()]);
  });

  it("build a bank with a published encoder", async () => {
    const encoder = ["encoder.kind=dinov2", `encoder.weights=${at("dinov2.safetensors")}`];
    const network = `encoder.network=${JSON.stringify(dinov2)}`;
    await bankBuild(at("photos"), [...encoder, network], { out: at("bank"), size: 16, seed: 0 });
    const bank = await openBank(at("bank"));
    expect(bank).toMatchObject({ size: 30, dim: 16, encoderId: expect.stringMatching(/^dinov2-vitb14-/) });
    await bank.close();
  });

  it("train LightningDiT with the cosine term, on a class table, and DiT on nothing", async () => {
    const lightning = { kind: "lightning-dit", patchSize: 1, depth: 1, hiddenSize: 16, heads: 2 };
    await trainOn("lightning", {
      backbone: lightning,
      objective: { repa: null, cosine: 1, time: { law: "logit-normal" } },
      conditioner: { kind: "class-table" },
    });
    expect(Object.keys(metrics("lightning")[0]?.parts ?? {}).sort()).toEqual(["cosine", "velocity"]);
    await sampleRun(at("runs", "lightning"), { count: 2, seed: 0, weights: "ema", label: 1, cfg: 2 });

    await trainOn("dit", {
      backbone: { kind: "dit", patchSize: 1, depth: 1, hiddenSize: 16, heads: 2 },
      objective: { repa: null, loss: "ddpm" },
      conditioner: { kind: "unconditional" },
      sampler: { solver: "ancestral", steps: 4 },
    });
    expect(Object.keys(metrics("dit")[0]?.parts ?? {}).sort()).toEqual(["mse", "vb"]);
    await sampleRun(at("runs", "dit"), { count: 2, seed: 0, weights: "ema", solver: "ddim" });
  });

  it("say what is missing: weights, tokens, snippets, another grid of targets", async () => {
    await expect(trainOn("a", { tokenizer: { weights: null } })).rejects.toThrow(
      /tokenizer\.weights: needs the weights of sd-vae/,
    );
    await expect(trainOn("b", { encoder: { weights: at("none.pt") } })).rejects.toThrow(
      /encoder\.weights: must be a file/,
    );
    const file = at("plain.json");
    writeFileSync(file, JSON.stringify({ ...base, name: "plain" }));
    await latents(file, [], { out: at("plain"), shardRows: 100 });
    await expect(trainOn("c", { data: at("plain") })).rejects.toThrow(/must hold snippets.*--snippets/);
    await expect(trainOn("d", { data: at("latents"), backbone: { patchSize: 2 } })).rejects.toThrow(
      /REPA targets of 2 × 2 tokens/,
    );
    await expect(trainOn("f", { objective: { repa: null, loss: "ddpm" } })).rejects.toThrow(
      /ddpm is for backbone\.kind=dit/,
    );
    await expect(trainOn("e", { objective: { repa: { depth: 9 } } })).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("fine-tune from another run: class table to bank, a doubled patch, a larger image", async () => {
    const table = { conditioner: { kind: "class-table" }, objective: { repa: null } };
    await trainOn("classes", table);
    const start = { run: at("runs", "classes") };
    await trainOn("swapped", { objective: { repa: null }, start });
    const [before, after] = await Promise.all(
      ["classes", "swapped"].map(
        async (name) => (await readSafetensors(at("runs", name, "model.safetensors"))).tensors,
      ),
    );
    expect(Object.keys(after ?? {})).toContain("condition_projection.linear.weight");
    expect(Object.keys(before ?? {})).toContain("y_embedder.embedding_table.weight");
    const larger = { ...table, image: { size: 32 }, start };
    await trainOn("doubled", { ...larger, backbone: { patchSize: 2 } });
    await trainOn("larger", { ...larger, start: { ...start, positions: "bicubic" } });
    await expect(trainOn("deeper", { ...table, start, backbone: { depth: 3 } })).rejects.toThrow(
      /start\.run: the network of .*backbone\.depth=2, got 3/,
    );
    await expect(trainOn("open", { ...table, start: {} })).rejects.toThrow(/start\.run: needs the run folder/);
  });
});
