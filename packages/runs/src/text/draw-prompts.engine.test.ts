import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { build, conditioner } from "@gmem/memory-bank";
import { genevalFolder, genevalPrompts } from "@gmem/metrics";
import { type Engine, GMemError, key } from "@gmem/tensor";
import { pixels } from "@gmem/tokenizers/pixels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untrainedModel } from "../../test/untrained-model.ts";
import type { Run } from "../open/open-run.ts";
import { runSamplers } from "../open/run-sampler.ts";
import { drawPrompts } from "./draw-prompts.ts";

let engine: Engine;
let root: string;
let run: Pick<Run, "config" | "conditioner" | "sampler" | "parameters">;
beforeAll(async () => {
  engine = await onnxEngine({ threads: 1 });
  root = await mkdtemp(join(tmpdir(), "gmem-prompts-"));
  const { config, model, parameters } = await untrainedModel("sit", "memory-bank", { steps: 2 });
  const state = await engine.state(parameters);
  const rows = conditioner({ bank: build(key(1).normal([40, 12])) });
  const words = {
    ...rows,
    /** The row of a text is its length. */
    parse(input: unknown) {
      const { text } = input as { readonly text: readonly string[] };
      if (text.some((one) => one.length >= 40)) throw new GMemError("INVALID_REQUEST", "text: must be shorter than 40");
      return rows.parse({ rows: text.map(({ length }) => length) });
    },
  };
  const { sampler } = runSamplers({ config, engine, model, state, tokenizer: async () => pixels({ size: 8 }) });
  run = { config, conditioner: words as Run["conditioner"], sampler, parameters };
});
afterAll(async () => {
  await engine.dispose();
  await rm(root, { recursive: true });
});

const lines = ["a photo of a cup", "a photo of two cups", "a photo of a red cup"].map((prompt) =>
  JSON.stringify({ tag: "counting", include: [], prompt }),
);
const prompts = genevalPrompts(lines.join("\n")).map((one) => {
  const { metadata, images } = genevalFolder(one, { imagesPerPrompt: 2 });
  return { prompt: one.prompt, images, beside: { [metadata]: one.metadata } };
});
const bytes = (folder: string): Promise<Buffer[]> =>
  Promise.all(prompts.flatMap(({ images }) => images.map((file) => readFile(join(root, folder, file)))));

describe("drawing prompts", () => {
  it("gives GenEval's folders, and draws only what is missing when it is called again", async () => {
    const options = { folder: join(root, "a"), batchSize: 4 };
    expect(await drawPrompts(run, prompts, options)).toEqual({ drawn: 6, kept: 0 });
    expect((await readdir(options.folder, { recursive: true })).sort()).toEqual([
      ...["00000", "00001", "00002"].flatMap((one) => [
        one,
        `${one}/metadata.jsonl`,
        `${one}/samples`,
        `${one}/samples/0000.png`,
        `${one}/samples/0001.png`,
      ]),
      "drawn.json",
    ]);
    expect(await readFile(join(options.folder, "00001/metadata.jsonl"), "utf8")).toBe(lines[1]);
    const before = await bytes("a");
    expect(new Set(before.map(String)).size).toBe(6);
    for (const file of ["00000/samples/0001.png", "00002/samples/0000.png"]) await rm(join(options.folder, file));
    expect(await drawPrompts(run, prompts, options)).toEqual({ drawn: 2, kept: 4 });
    expect(await bytes("a")).toEqual(before);
  });
  it("does not go on with another seed or other words, and writes nothing of prompts that are refused", async () => {
    const options = { folder: join(root, "b"), batchSize: 4 };
    await drawPrompts(run, prompts.slice(0, 1), options);
    const other = drawPrompts(run, prompts.slice(0, 1), { ...options, seed: 1 });
    await expect(other).rejects.toMatchObject({ code: "CONFIG", message: expect.stringMatching(/go on as it began/) });
    const rewritten = prompts.slice(0, 1).map((one) => ({ ...one, prompt: "a cup" }));
    await expect(drawPrompts(run, rewritten, options)).rejects.toMatchObject({ code: "CONFIG" });
    const long = [{ prompt: "x".repeat(50), images: ["0.png"] }];
    await expect(drawPrompts(run, long, { folder: join(root, "c") })).rejects.toMatchObject({
      code: "INVALID_REQUEST",
    });
    expect((await readdir(root)).sort()).toEqual(["a", "b"]);
  });
});
