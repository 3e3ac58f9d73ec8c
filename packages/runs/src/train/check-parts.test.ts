import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { runFiles } from "../folder/run-files.ts";
import { checkParts } from "./check-parts.ts";
import { encodeLatents } from "./encode-latents.ts";
import { trainRun } from "./train-run.ts";

const tiny = {
  name: "tiny",
  data: "no such folder", // whoever reads it says so
  steps: 4,
  batch: 4,
  image: { size: 8 },
  encoder: { patchSize: 3 },
  backbone: { patchSize: 2, depth: 2, hiddenSize: 16, heads: 2 },
};
const configOf = (settings: string) => loadConfig("tiny", settings.split(" ").filter(Boolean), { tiny });
const onnx = "encoder.kind=onnx encoder.dim=4 encoder.weights=e.onnx";
const dit = "backbone.kind=dit";
const prompts = 'textEncoder={"kind":"prompt-tokens","of":{"kind":"hashed-words","dim":16},"length":20}';
const sana = 'backbone={"kind":"sana","patchSize":2,"depth":1,"hiddenSize":16,"heads":2,"crossHeads":2,"contextDim":8}';
const reads = 'conditioner.connector={"hiddenSize":12,"heads":2,"intermediateSize":8}';

describe("what cannot go together", () => {
  it.each([
    [`${onnx} objective.repa.depth=1`, /objective\.repa: .*tokens of patches, got onnx.*`tokens`/],
    ["objective.repa.depth=3", /tapAfter/],
    ["encoder.patchSize=9", /encoder: images must be 10 pixels.*image\.size=8/],
    ["objective.repa.depth=1 backbone.patchSize=1", /objective\.repa: images must be 10 pixels.*8 × 8 cells/],
    [`${dit} objective.loss=velocity`, /objective\.loss: must be ddpm or noise.*backbone\.kind=sit/],
    ["objective.loss=ddpm", /objective\.loss: ddpm is for backbone\.kind=dit, got sit/],
    [`${dit} objective.interpolant=gvp`, /objective\.interpolant: must be vp with loss ddpm, got gvp/],
    [`${dit} objective.cosine=1`, /objective\.cosine: must be 0 with loss ddpm/],
    [`${dit} objective.weight=likelihood`, /objective\.weight: must be none/],
    ["objective.weight=likelihood", /velocity loss takes no weight/],
    ["sampler.solver=ancestral", /sampler\.solver: ancestral is for a DiT/],
    [
      `${dit} objective.loss=noise sampler.solver=ddim`,
      /sampler\.solver: ddim is for a DiT trained with objective\.loss=ddpm/,
    ],
    ["conditioner.kind=class-table conditioner.dropProbability=0 sampler.cfg=2", /this table has no null row/],
    ["accumulate=3", /accumulate: must divide batch 4, got 3/],
    ["workers=2", /workers: must divide accumulate 1, .* got 2; set accumulate=2$/],
    ["workers=3 accumulate=2", /workers: must divide accumulate 2, .* got 3; set workers to a divisor of batch 4/],
    ["workers=2 accumulate=2", /engine\.threads: must be set where there are several workers/],
    ["workers=2 accumulate=2 engine.device=webgpu engine.threads=1", /workers: .*on the same one, got webgpu/],
    ["workers=2 exchange=rounds rounds.steps=3", /rounds\.steps: must divide steps 4, .* got 3/],
    ["exchange=rounds rounds.steps=2 checkpointEvery=3", /rounds\.steps: must divide checkpointEvery 3/],
    ["workers=2 exchange=rounds rounds.steps=2", /engine\.threads: must be set/],
    ["workers=2 accumulate=2 engine.kind=tfjs engine.threads=1", /workers: .*got tfjs/],
    [
      `conditioner.kind=captions ${sana} textEncoder.kind=hashed-words`,
      /must be prompt-tokens with conditioner\.kind=captions/,
    ],
    [`conditioner.kind=captions ${prompts}`, /captions is for networks with cross-attention/],
    [`conditioner.kind=captions ${prompts} ${sana}`, /backbone\.contextDim: must be 16.*hashed-words, got 8/],
    [`conditioner.kind=captions ${prompts} ${sana} ${reads}`, /connector\.hiddenSize: must be 16.*got 12/],
    [`conditioner.kind=t2s ${prompts} ${sana} ${reads}`, /connector\.hiddenSize: must be 16.*got 12/],
    ["conditioner.kind=captions train.only=t2s textEncoder.kind=hashed-words", /a run with such a network/],
    ["backbone.heads=3", /heads/],
    ["backbone.patchSize=3", /patch size 3/],
  ])("is refused before data is read: %s", async (settings, message) => {
    const config = await configOf(settings);
    await expect(checkParts(config)).rejects.toThrow(message);
    const folder = join(mkdtempSync(join(tmpdir(), "gmem-")), "run");
    const options = { files: runFiles(folder), resume: false };
    await expect(trainRun(config, options)).rejects.toThrow(message);
    await expect(encodeLatents(config, { folder, shardRows: 4 })).rejects.toThrow(message);
    expect(existsSync(folder)).toBe(false);
  });

  it.each([
    ["encoder.kind=dinov2", /encoder\.weights: needs the weights of dinov2/],
    ["encoder.kind=clip encoder.weights=gone.safetensors", /encoder\.weights: must be a file, got gone\.safetensors/],
    [
      "conditioner.kind=class-table objective.repa.depth=1 objective.repa.encoders=[{kind: dinov2}]",
      /encoder\.weights: needs the weights of dinov2/,
    ],
    [
      "conditioner.kind=t2s textEncoder.kind=gemma textEncoder.weights=gone.safetensors",
      /textEncoder\.weights: must be a file/,
    ],
    [
      "conditioner.kind=t2s textEncoder.kind=concat textEncoder.parts=[{encoder: {kind: clip}}]",
      /textEncoder\.weights: needs the weights of clip/,
    ],
  ])("is refused before data is read where an encoder lacks its weights: %s", async (settings, message) => {
    const config = await loadConfig("tiny", settings.split(/ (?=\w+\.)/), { tiny });
    const folder = join(mkdtempSync(join(tmpdir(), "gmem-")), "run");
    await expect(trainRun(config, { files: runFiles(folder), resume: false })).rejects.toThrow(message);
    expect(existsSync(folder)).toBe(false);
  });

  it.each(["", dit, `${dit} objective.loss=noise`, "objective.repa.depth=1", `${dit} objective.repa.depth=2`])(
    "goes on to the data otherwise: %s",
    async (settings) => {
      const folder = join(mkdtempSync(join(tmpdir(), "gmem-")), "run");
      const run = trainRun(await configOf(settings), { files: runFiles(folder), resume: false });
      await expect(run).rejects.toThrow(/no such folder, which does not exist/);
    },
  );
});
