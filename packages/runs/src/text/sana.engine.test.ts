import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng } from "@gmem/datasets/png";
import { openOnnx } from "@gmem/engine-onnx";
import { key, type NDArray } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import "@gmem/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { exportRun } from "../export/export-run.ts";
import { runFiles } from "../folder/run-files.ts";
import { openRun } from "../open/open-run.ts";
import { openConditioner } from "../parts/conditioner.ts";
import { textWidth } from "../parts/text-encoder.ts";
import { type TrainRunResult, trainRun } from "../train/train-run.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-sana-"));
const at = (...path: string[]): string => join(folder, ...path);

const preset = {
  name: "tiny",
  runs: folder,
  data: "scenes",
  steps: 2,
  batch: 4,
  checkpointEvery: 2,
  image: { size: 16, count: 24, heldOut: 4, layout: "free" },
  encoder: { kind: "patch-kmeans", clusters: 8, dim: 6, patchSize: 3, patches: 300 },
  backbone: {
    kind: "sana",
    patchSize: 4,
    depth: 1,
    hiddenSize: 16,
    heads: 4,
    crossHeads: 2,
    contextDim: 8,
    adaLNInit: "xavier",
  },
  adapter: { kind: "captions", tokens: 2, hiddenSize: 12, gain: 4 },
  objective: { nullProbability: 0.2 },
  sampler: { solver: "dpm-solver++", steps: 3, shift: 3, cfg: 4.5 },
};
const text = [
  "conditioner.kind=t2s",
  "conditioner.connector={queries: 3, hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 24}",
  "textEncoder={kind: prompt-tokens, of: {kind: hashed-words, dim: 16}, length: 70, template: bare}",
];
const run = async (...settings: string[]): Promise<TrainRunResult> => {
  const config = await loadConfig("tiny", settings, { tiny: preset });
  return trainRun(config, {
    files: runFiles(at(config.name)),
    resume: false,
    watch: async () => ({ step: async () => {}, end: async () => {} }),
  });
};
const draw = async (name: string, request: unknown, count = 2): Promise<NDArray<"f32">> => {
  const opened = await openRun(at(name));
  try {
    const sampler = await opened.sampler(opened.config.sampler, { batchSize: 2 });
    return (await sampler.draw({ request: opened.conditioner.parse(request), count, seed: 1 })).images;
  } finally {
    await opened.close();
  }
};
const model = (name: string) => readSafetensors(runFiles(at(name)).model);

beforeAll(async () => {
  await run("name=pictures");
  await run("name=pairs", ...text, `start.run=${at("pictures")}`);
});

describe("the recipe of H.1 in small", () => {
  it("draws from snippets after stage 1, which has seen no text", async () => {
    const { tensors } = await model("pictures");
    expect(Object.keys(tensors).filter((name) => /t2s/.test(name))).toEqual([]);
    const images = await draw("pictures", { rows: [1, 2] });
    expect(images.shape).toEqual([2, 3, 16, 16]);
    expect(await draw("pictures", { rows: [1, 3] })).not.toBeAllclose(images, { atol: 1e-3 });
  });

  it("goes on with network and caption adapter in stage 2, and draws from words", async () => {
    const [before, after] = [await model("pictures"), await model("pairs")];
    for (const name of Object.keys(before.tensors)) expect(Object.keys(after.tensors)).toContain(name);
    const added = Object.keys(after.tensors).filter((name) => !(name in before.tensors));
    expect(added).toContain("t2s.connector.layers.0.self_attn.q_proj.weight");
    expect(added.every((name) => name.startsWith("t2s."))).toBe(true);
    const circle = await draw("pairs", { text: "a red circle" });
    expect(await draw("pairs", { text: "a red circle" })).toEqual(circle);
    expect(await draw("pairs", { text: "a green square" })).not.toBeAllclose(circle, { atol: 1e-4 });
  });

  it("refuses what other runs from text refuse, and prompts of more tokens than it reads", async () => {
    for (const request of [{ text: 3 }, { text: [] }, { label: 1 }, { text: `${"a ".repeat(50)}circle` }])
      await expect(draw("pairs", request)).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    await expect(run("name=none", text[0] as string, `start.run=${at("pictures")}`)).rejects.toThrow(
      /needs a text encoder/,
    );
    const narrow = [...text.slice(0, 2), "textEncoder={kind: hashed-words, dim: 16}"];
    await expect(run("name=narrow", ...narrow, `start.run=${at("pictures")}`)).rejects.toThrow(
      /must be prompt-tokens.*L tokens of a prompt and a mask, got hashed-words/,
    );
    await expect(run("name=linear", "adapter.kind=linear")).rejects.toThrow(/"sana" reads context tokens/);
    await expect(
      run("name=sit", "backbone={kind: sit, patchSize: 4, depth: 1, hiddenSize: 16, heads: 2}"),
    ).rejects.toThrow(/makes context tokens, got "sit"/);
  });

  it("refuses ten thousand words, vectors that are no numbers, and other settings than it was trained with", async () => {
    await expect(draw("pairs", { text: "red ".repeat(10_000) })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    const row = Array.from({ length: 70 * 17 }, () => Number.NaN);
    await expect(draw("pairs", { vectors: [row] })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    const opened = await openRun(at("pairs"));
    const texts = { dtype: "f32", shape: [1, row.length], data: Float32Array.from(row) } as const;
    await expect(opened.conditioner.batch({ index: Int32Array.of(0), texts } as never, key(0))).rejects.toMatchObject({
      code: "NON_FINITE",
    });
    await opened.close();
    const { config: path } = runFiles(at("pairs"));
    const stored = readFileSync(path, "utf8");
    const changes = [
      [
        /"template": "bare"/,
        '"template": "openuni"',
        /was trained with hashed-words-1-16 in 70 tokens of bare, got .*openuni/,
      ],
      [/"dim": 16/, '"dim": 8', /was trained with hashed-words-1-16 .*, got hashed-words-1-8/],
      [/("connector": \{[^}]*"heads": )2/, "$14", /conditioner\.connector must be .*"heads":2.* got .*"heads":4/],
    ] as const;
    for (const [setting, other, message] of changes) {
      writeFileSync(path, stored.replace(setting, other));
      await expect(openRun(at("pairs")), other).rejects.toThrow(message);
    }
    writeFileSync(path, stored);
  });

  it("trains on pictures of which half have captions, and refuses pictures without any before it begins", async () => {
    const pictures = at("pictures-of-half");
    mkdirSync(pictures);
    for (let i = 0; i < 8; i++) {
      const data = new Uint8Array(16 * 16 * 3).fill(20 * i);
      writeFileSync(join(pictures, `${i}.png`), await encodePng({ width: 16, height: 16, data }));
    }
    const settings = [...text, `data=${pictures}`, `start.run=${at("pictures")}`, "image.heldOut=2"];
    await expect(run("name=none", ...settings)).rejects.toThrow(/needs captions, got none/);
    expect(existsSync(at("none"))).toBe(false);
    for (let i = 0; i < 4; i++) writeFileSync(join(pictures, `${i}.txt`), "a red circle");
    await run("name=half", ...settings);
    expect((await draw("half", { text: "a red circle" })).shape).toEqual([2, 3, 16, 16]);
  });

  it("goes on with the caption adapter where the bank is narrower than its encoder's setting", async () => {
    await run("name=few", "image.count=6", "image.heldOut=1", "encoder.dim=64");
    const adapter = async (name: string) => (await model(name)).tensors["caption_adapter.0.weight"];
    const [, width = 0] = (await adapter("few"))?.shape ?? [];
    expect(width).toBeLessThan(64);
    await run(
      "name=few-pairs",
      ...text,
      `start.run=${at("few")}`,
      "train.only=t2s",
      "image.count=6",
      "image.heldOut=1",
    );
    expect(await adapter("few-pairs")).toEqual(await adapter("few"));
  });

  it("is trained without a memory as OpenUni is, from any run with its network, which stays as it is", async () => {
    const own = text.map((setting) => setting.replace("conditioner.kind=t2s", "conditioner.kind=captions"));
    await run("name=baseline", ...own, `start.run=${at("pictures")}`, "train.only=t2s");
    const { tensors } = await model("baseline");
    const network = Object.keys(tensors).filter((name) => !name.startsWith("t2s."));
    const before = (await model("pictures")).tensors;
    for (const name of network) expect(tensors[name], name).toEqual(before[name]);
    expect(Object.keys(tensors)).toEqual(expect.arrayContaining(["t2s.projector.weight", "t2s.meta_queries"]));
    expect(Object.keys(tensors).some((name) => name.startsWith("caption_adapter."))).toBe(false);
    expect((await draw("baseline", { text: "a red circle" })).shape).toEqual([2, 3, 16, 16]);
  });

  it("is counted without its text encoder, as a dry run counts", async () => {
    const { conditioner, textEncoder } = await loadConfig("tiny", text, { tiny: preset });
    const textDim = await textWidth(textEncoder as NonNullable<typeof textEncoder>);
    const counted = await openConditioner(conditioner, { classes: 0, hiddenSize: 16, textDim, snippetDim: 6 });
    expect(counted.feeds(2)).toEqual({ text: { dtype: "f32", shape: [2, 70 * 17] } });
    await expect(openConditioner(conditioner, { classes: 0, hiddenSize: 16, snippetDim: 6 })).rejects.toThrow(/needs/);
  });

  it("draws the same from its exported sampler", async () => {
    const opened = await openRun(at("pairs"));
    await exportRun(opened, { parts: ["sampler"], folder: at("exported") });
    const file = await openOnnx(at("exported", "sampler.onnx"), { threads: 1 });
    const noise = key(3).normal([2, ...opened.model.backbone.latent]);
    const feeds = await opened.conditioner.resolve(noise, opened.conditioner.parse({ text: ["a red circle", " "] }));
    const ready = await opened.sampler(opened.config.sampler, { batchSize: 2 });
    const request = opened.conditioner.parse({ text: ["a red circle", " "] });
    const { latents } = await ready.drawLatents({ request, count: 2, seed: 0, noise });
    expect((await file.run({ noise, ...feeds })).latents as NDArray).toBeAllclose(latents, { atol: 1e-4, rtol: 1e-4 });
    await file.close();
    await opened.close();
  });
});
