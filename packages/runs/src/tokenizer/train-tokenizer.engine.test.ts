import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadImages } from "@gmem/datasets";
import { encodePng } from "@gmem/datasets/png";
import { scenes } from "@gmem/datasets/scenes";
import "@gmem/testing";
import { GMemError } from "@gmem/tensor";
import { latentStatistics } from "@gmem/tokenizers/kl-vae";
import { comparableMetrics } from "@gmem/trainer";
import { writeFileAtomic } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { fromCheckpoint } from "../convert/from-checkpoint.ts";
import { toCheckpoint } from "../convert/to-checkpoint.ts";
import { loadRun } from "../folder/load-run.ts";
import { runFiles } from "../folder/run-files.ts";
import { openRun } from "../open/open-run.ts";
import { encodeLatents } from "../train/encode-latents.ts";
import { trainRun } from "../train/train-run.ts";
import { loadTokenizerConfig } from "./config.ts";
import { type TrainTokenizerOptions, trainTokenizer } from "./train-tokenizer.ts";

const root = mkdtempSync(join(tmpdir(), "gmem-tokenizer-"));
const pictures = mkdtempSync(join(tmpdir(), "gmem-pictures-"));
const at = (...path: string[]): string => join(root, ...path);
const small = ["image.size=16", "network.multipliers=[1,1]", "batch=4", `runs=${root}`, "engine.threads=2"];
const few = [...small, "image.count=12", "image.heldOut=4", "steps=4", "checkpointEvery=2"];

function train(source: string, settings: readonly string[], options: Partial<TrainTokenizerOptions> = {}) {
  return trainTokenizer(loadTokenizerConfig(source, settings), { resume: false, ...options });
}
const drawn = (count: number) => scenes({ count, size: 16, layout: "centred", seed: 0 });
const bytes = (...path: string[]): string => readFileSync(at(...path)).toString("base64");
const metrics = (name: string): string => comparableMetrics(readFileSync(at(name, "metrics.jsonl"), "utf8"));

beforeAll(async () => {
  await train("scenes", [...few, "name=one"]);
});

describe("a tokenizer that is trained", () => {
  it("learns 8 pictures by heart: its reconstructions are within 25 dB", async () => {
    // twice: of a picture that is held out, the other one is learned
    for (let i = 0; i < 16; i++)
      await writeFileAtomic(join(pictures, `${i}.png`), await encodePng((await drawn(8).at(i % 8)).image));
    const { psnr, ssim, measured } = await train(pictures, [
      ...small,
      ...[
        "name=heart",
        "steps=120",
        "batch=8",
        "schedule.warmup=10",
        "optimizer.lr=3e-3",
        "image.heldOut=2",
        "ema.decay=0.9",
      ],
    ]);
    expect(measured).toBe(2);
    expect(psnr).toBeGreaterThan(25);
    expect(ssim).toBeGreaterThan(0.8);
  });

  it("ends with the same bits where it was killed and resumed, and is then its own", async () => {
    const died = train("scenes", [...few, "name=two"], {
      watch: () => ({
        async step({ step }) {
          if (step === 3) throw new GMemError("DATA", "test: the process ends");
        },
        end: async () => {},
      }),
    });
    await expect(died).rejects.toThrow(/the process ends/);
    expect(existsSync(at("two", "tokenizer.safetensors"))).toBe(false);
    const again = loadTokenizerConfig(at("two"), []); // by its folder
    const { stepsMade } = await trainTokenizer(again, { resume: true });
    expect(stepsMade).toBe(2);
    expect(metrics("two")).toBe(metrics("one"));
    expect(bytes("two", "tokenizer.safetensors")).toBe(bytes("one", "tokenizer.safetensors"));
  });

  it("is refused with other settings or another's data, and no file changes", async () => {
    const before = metrics("one");
    const weights = bytes("one", "tokenizer.safetensors");
    for (const [setting, message] of [
      ["batch=8", /batchSize was 4 and is 8/],
      ["loss.kl=0.1", /loss\.kl was 0\.000001 and is 0\.1/],
      ["network.latentChannels=3", /network/],
      ["image.flip=true", /image\.flip was false and is true/],
    ] as const)
      await expect(train("scenes", [...few, "name=one", setting], { resume: true })).rejects.toThrow(message);
    await expect(train("scenes", [...few, "name=one", "image.count=13"], { resume: true })).rejects.toThrow(
      /image\.count was 12 and is 13/,
    );
    await expect(train("scenes", [...few, "name=one"])).rejects.toThrow(/holds a run already/);
    expect(metrics("one")).toBe(before);
    expect(bytes("one", "tokenizer.safetensors")).toBe(weights);
  });

  it("is refused for pictures that it cannot learn from, before a folder is made", async () => {
    const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
      ["scenes", ["image.size=15"], /image\.size: .* multiple of 2, got 15/],
      ["scenes", ["image.size=8"], /11 pixels or more, got 8/],
      ["scenes", ["network.channels=40"], /multiple of 32/],
      ["scenes", ["optimiser.lr=1"], /unknown key "optimiser"\. Did you mean "optimizer"/],
      ["scenes", ["loss.perceptual={}"], /needs the weights of LPIPS/],
    ];
    for (const [source, settings, message] of refused) {
      await expect(async () => train(source, [...few, "name=none", ...settings])).rejects.toThrow(message);
      expect(existsSync(at("none"))).toBe(false);
    }
    mkdirSync(at("alone"));
    await writeFileAtomic(at("alone", "only.png"), await encodePng((await drawn(1).at(0)).image));
    await expect(train(at("alone"), [...small, "name=none"])).rejects.toThrow(
      /an image to train on and one to hold out/,
    );
  });
});

describe("a run on the latents of a trained tokenizer", () => {
  const preset = {
    name: "tiny",
    runs: root,
    data: "scenes",
    steps: 2,
    batch: 4,
    image: { size: 16, count: 12, heldOut: 4 },
    encoder: { kind: "patch-kmeans", clusters: 8, dim: 6, patchSize: 3, patches: 300 },
    backbone: { patchSize: 4, depth: 1, hiddenSize: 16, heads: 2 },
    tokenizer: { kind: "trained", folder: at("first") },
  };
  const load = (...settings: string[]) => loadConfig("tiny", settings, { tiny: preset });
  const files = runFiles(at("latent"));

  beforeAll(async () => {
    cpSync(at("one"), at("first"), { recursive: true });
    const config = await load("name=latent");
    await trainRun(config, { files, resume: false });
  });

  it("knows it by its hash, keeps a copy, and draws without the folder that it came from", async () => {
    const { config } = JSON.parse(readFileSync(files.config, "utf8"));
    expect(config.tokenizer).toMatchObject({ kind: "trained", channels: 4, factor: 2 });
    expect(config.tokenizer.id).toMatch(/^[0-9a-f]{16}$/);
    renameSync(at("first"), at("moved"));
    const run = await openRun(files.folder);
    const sampler = await run.sampler({ ...run.config.sampler, steps: 2 }, { batchSize: 2 });
    const { images } = await sampler.draw({ count: 2, seed: 0, request: run.conditioner.parse({ rows: [0, 1] }) });
    expect(images.shape).toEqual([2, 3, 16, 16]);
    const latents = await (await run.tokenizer()).encode(images);
    expect(latents.shape).toEqual([2, 4, 8, 8]);
    await run.close();
    const longer = loadRun(files.folder, ["steps=3", "schedule.steps=2"]);
    expect((await trainRun(longer, { files, resume: true })).stepsMade).toBe(1);
    renameSync(at("moved"), at("first"));
  });

  it("has latents of mean 0 and variance 1 over what the tokenizer was trained on", async () => {
    const run = await openRun(files.folder);
    const tokenizer = await run.tokenizer();
    const images = await loadImages(
      drawn(12),
      Array.from({ length: 12 }, (_, i) => i),
    );
    const found = await latentStatistics([await tokenizer.posterior?.(images)].filter((one) => one !== undefined));
    await run.close();
    expect(found.mean).toBeAllclose([0, 0, 0, 0], { atol: 1e-4 });
    expect(found.std).toBeAllclose([1, 1, 1, 1], { atol: 1e-4 });
  });

  it("takes it along as a checkpoint and back, when the folder that it came from is gone", async () => {
    const write = async (direction: typeof toCheckpoint, source: string, out: string, bank?: string) => {
      const options = bank === undefined ? {} : { bank };
      const conversion = await direction({ source, out, settings: [], options });
      if (conversion.problem) throw conversion.problem;
      await conversion.write().finally(() => conversion.close());
    };
    await write(toCheckpoint, files.folder, at("net.pt"));
    expect(bytes("net.tokenizer.safetensors")).toBe(bytes("latent", "tokenizer.safetensors"));
    renameSync(at("first"), at("moved"));
    await write(fromCheckpoint, at("net.pt"), at("back"), at("net.bank.pt"));
    expect(bytes("back", "tokenizer.safetensors")).toBe(bytes("latent", "tokenizer.safetensors"));
    renameSync(at("moved"), at("first"));
  });

  it("refuses another tokenizer: in its folder, in place of its copy, and for a resumed run", async () => {
    await train("scenes", [...few, "name=other", "seed=1"]);
    const other = at("other", "tokenizer.safetensors");
    cpSync(files.tokenizer, at("kept"));
    cpSync(other, files.tokenizer);
    rmSync(at("first", "tokenizer.safetensors"));
    const run = await openRun(files.folder);
    await expect(run.tokenizer()).rejects.toMatchObject({ code: "WEIGHTS", message: expect.stringMatching(/must be/) });
    await run.close();
    cpSync(at("kept"), files.tokenizer);
    const changed = await load("name=latent", `tokenizer.folder=${at("other")}`);
    await expect(trainRun(changed, { files, resume: true })).rejects.toThrow(/tokenizer\.id was "[0-9a-f]+" and is/);
    await expect(
      load("tokenizer.folder=nowhere").then((config) => trainRun(config, { files, resume: true })),
    ).rejects.toThrow(/nowhere, which has no tokenizer\.safetensors/);
    cpSync(at("kept"), at("first", "tokenizer.safetensors"));
  });

  it("takes latents that were computed before, wherever the tokenizer lies now, and none of another one", async () => {
    const folder = at("stored");
    await encodeLatents(await load(), { folder, snippets: true, shardRows: 8 });
    const before = readdirSync(folder);
    cpSync(at("first"), at("elsewhere"), { recursive: true });
    const data = [`data=${folder}`, "name=from-latents"];
    const config = await load(...data, `tokenizer.folder=${at("elsewhere")}`);
    await trainRun(config, { files: runFiles(at("from-latents")), resume: false });
    expect(existsSync(runFiles(at("from-latents")).tokenizer)).toBe(true);
    const changed = await load(...data, `tokenizer.folder=${at("other")}`);
    await expect(trainRun(changed, { files: runFiles(at("changed")), resume: false })).rejects.toThrow(
      /latents must be of the run's tokenizer/,
    );
    expect(readdirSync(folder)).toEqual(before);
  });
});
