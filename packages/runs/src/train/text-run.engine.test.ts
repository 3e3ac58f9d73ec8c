import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pngGrid } from "@gmem/datasets/png";
import { openOnnx } from "@gmem/engine-onnx";
import { GMemError, key, type Named, type NDArray } from "@gmem/tensor";
import { listCheckpoints, readCheckpoint } from "@gmem/trainer";
import { readSafetensors, writeSafetensors } from "@gmem/weights";
import "@gmem/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { fromCheckpoint } from "../convert/from-checkpoint.ts";
import { toCheckpoint } from "../convert/to-checkpoint.ts";
import { exportRun } from "../export/export-run.ts";
import { runFiles } from "../folder/run-files.ts";
import { mixTexts } from "../open/mix-texts.ts";
import { openRun } from "../open/open-run.ts";
import { encodeLatents } from "./encode-latents.ts";
import { previewTexts } from "./preview.ts";
import { type TrainRunResult, trainRun } from "./train-run.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-text-"));
const at = (...path: string[]): string => join(folder, ...path);

const preset = {
  name: "tiny",
  runs: folder,
  data: "scenes",
  steps: 4,
  batch: 4,
  checkpointEvery: 2,
  image: { size: 16, count: 24, heldOut: 4, layout: "free" },
  encoder: { kind: "patch-kmeans", clusters: 8, dim: 6, patchSize: 3, patches: 300 },
  backbone: { patchSize: 4, depth: 1, hiddenSize: 16, heads: 2, adaLNInit: "xavier" },
  sampler: { solver: "euler", steps: 2 },
};
const begins = `start.run=${at("bank")}`;
const text = ["conditioner.kind=t2s", "textEncoder.kind=hashed-words", "textEncoder.dim=32"];
const byPairs = ["conditioner.loss=snippet-regression", "conditioner.gain=4", "train.only=t2s"];
const regression = [...text, ...byPairs, begins, "optimizer.lr=0.01"];
const load = (...settings: string[]) => loadConfig("tiny", settings, { tiny: preset });

let shown: readonly string[] = [];
async function run(
  settings: readonly string[],
  { resume = false, diesAt }: { resume?: boolean; diesAt?: number } = {},
): Promise<TrainRunResult> {
  const config = await load(...settings);
  return trainRun(config, {
    files: runFiles(at(config.name)),
    resume,
    async watch({ prepared }) {
      shown = await previewTexts(prepared);
      return {
        async step({ step }) {
          if (step === diesAt) throw new GMemError("DATA", "test: the process ends");
        },
        end: async () => {},
      };
    },
  });
}
const model = (name: string) => readSafetensors(runFiles(at(name)).model);
const isText = (name: string): boolean => name.startsWith("t2s.");

async function draw(name: string, request: unknown): Promise<NDArray> {
  const opened = await openRun(at(name));
  try {
    const sampler = await opened.sampler(opened.config.sampler, { batchSize: 2 });
    return (await sampler.draw({ request: opened.conditioner.parse(request), count: 2, seed: 1 })).images;
  } finally {
    await opened.close();
  }
}

beforeAll(async () => {
  await run(["name=bank"]);
  await run([...regression, "name=regressed", "steps=60", "checkpointEvery=20"]);
});

describe("a run that learns what texts mean from the snippets of their pictures", () => {
  it("leaves network and S-Adapter of its start as they are, to the byte, and learns", async () => {
    const [before, after] = [await model("bank"), await model("regressed")];
    for (const [name, value] of Object.entries(before.tensors)) expect(after.tensors[name], name).toEqual(value);
    expect(
      Object.keys(after.tensors)
        .filter((name) => !(name in before.tensors))
        .every(isText),
    ).toBe(true);
    expect(after.metadata).toMatchObject({ conditioner: "t2s", encoder: before.metadata.encoder });
    expect(after.metadata.text_encoder).toMatch(/hashed-words/);
    const losses = (await listCheckpoints(at("regressed"))).map(({ meta }) => meta.metrics.loss as number);
    expect(losses.at(-1)).toBeLessThan(0.5); // a drawn adapter is at 1
    expect(shown).toHaveLength(4);
    expect(shown.join(" ")).toMatch(/circle|square|triangle/);
  });

  const settings = [...regression, "schedule.steps=4"];
  const last = async (name: string): Promise<Named<NDArray>> => {
    const checkpoint = (await listCheckpoints(at(name))).at(-1);
    return checkpoint ? readCheckpoint(checkpoint) : expect.fail("no checkpoint");
  };

  it("goes on bit-equal, and counts the held-out loss of texts", async () => {
    const whole = await run([...settings, "name=whole"]);
    await run([...settings, "name=halves", "steps=2"]);
    await run([...settings, "name=halves"], { resume: true });
    expect(await last("halves")).toEqual(await last("whole"));
    expect(whole.heldOut).toEqual({ "held-out loss": expect.closeTo(1, 0) });
  });

  it("ends with the same bits where it ended between two checkpoints and was resumed, by each loss", async () => {
    for (const [name, own] of [
      ["dies", settings],
      ["draws", [...text, begins, "optimizer.lr=0.01"]],
    ] as const) {
      await run([...own, `name=${name}-not`]);
      await expect(run([...own, `name=${name}`], { diesAt: 3 })).rejects.toThrow(/the process ends/);
      await run([...own, `name=${name}`], { resume: true });
      expect(await last(name)).toEqual(await last(`${name}-not`));
      expect((await model(name)).tensors).toEqual((await model(`${name}-not`)).tensors);
    }
  });

  it("learns from a folder of latents, by each loss, from the captions that lie there", async () => {
    const made = await load("name=latents", begins);
    await encodeLatents(made, { folder: at("latents"), shardRows: 8, snippets: true });
    for (const own of [regression, [...text, begins]]) {
      await run([...own, "name=of-latents", `data=${at("latents")}`]);
      expect(Object.keys((await model("of-latents")).tensors).some(isText)).toBe(true);
      rmSync(at("of-latents"), { recursive: true });
    }
  });

  it("keeps the vectors of captions in its folder, encoded once, or takes those of another", async () => {
    const kept = readdirSync(at("halves", "texts"));
    expect(kept).toEqual(readdirSync(at("whole", "texts")));
    expect(kept).toHaveLength(1);
    expect(readdirSync(at("halves", "texts", ...kept)).sort()[0]).toBe("texts.json");
    const { vectors } = (await readSafetensors(at("halves", "texts", ...kept, "vectors-00000.safetensors"))).tensors;
    expect(vectors?.shape[1]).toBe(32);
    await run([...settings, "name=taken", `texts=${at("whole", "texts")}`]);
    expect(existsSync(at("taken", "texts"))).toBe(false);
    expect(await last("taken")).toEqual(await last("whole"));
  });

  it("draws texts without a bank, each as itself, and the null text", async () => {
    renameSync(at("regressed", "bank", "bank.safetensors"), at("bank.away"));
    const one = await draw("regressed", { text: "a red circle" });
    expect(one.shape).toEqual([2, 3, 16, 16]);
    expect((await draw("regressed", { text: ["a red circle", "a blue square"] })).data.slice(0, 768)).toEqual(
      one.data.slice(0, 768),
    );
    expect(await draw("regressed", { text: "a blue square" })).not.toEqual(one);
    expect(await draw("regressed", { text: `${"word ".repeat(10_000)}` })).not.toEqual(one);
    expect(await draw("regressed", undefined)).toEqual(await draw("regressed", { text: "" }));
    renameSync(at("bank.away"), at("regressed", "bank", "bank.safetensors"));
  });

  it("goes on to the loss of pictures, the network frozen or not, and keeps its text adapter", async () => {
    const on = [...text, `start.run=${at("regressed")}`, "optimizer.lr=1e-9", "steps=2"];
    const before = (await model("regressed")).tensors;
    for (const only of ["t2s", "all"]) {
      await run([...on, `train.only=${only}`, `name=${only}`]);
      const { tensors, metadata } = await model(only);
      for (const [name, value] of Object.entries(tensors)) {
        if (only === "t2s" && !isText(name)) expect(value, name).toEqual(before[name]);
        else expect(value, name).toBeAllclose(before[name] as NDArray, { atol: 1e-6 });
      }
      expect(metadata.encoder).toBe((await model("bank")).metadata.encoder);
    }
  });

  it("snaps to rows of its bank where it is asked to", async () => {
    await run([...regression, "name=snapped", "conditioner.snap=true"]);
    const opened = await openRun(at("snapped"));
    expect(opened.bank?.size).toBe(24);
    await opened.close();
    expect((await draw("snapped", { text: "a red circle" })).shape).toEqual([2, 3, 16, 16]);
  });
});

describe("a run of texts leaves the folder", () => {
  it("as ONNX that draws from vectors what the run draws from texts", async () => {
    const run = await openRun(at("regressed"));
    try {
      const sampler = await run.sampler(run.config.sampler, { batchSize: 2 });
      const request = run.conditioner.parse({ text: ["a red circle", "a blue square"] });
      const noise = key(4).normal([2, ...run.model.backbone.latent]);
      const { latents } = await sampler.drawLatents({ request, count: 2, seed: 1, noise });
      const card = await exportRun(run, { parts: ["sampler"], folder: at("onnx") });
      expect(card.files[0]?.inputs.map(({ name, shape }) => [name, shape])).toContainEqual(["text", ["batch", 32]]);
      const file = await openOnnx(at("onnx", "sampler.onnx"), { threads: 1 });
      const drawn = await file.run({ noise, ...(await run.conditioner.resolve(noise, request)) });
      await file.close();
      expect(drawn.latents).toBeAllclose(latents, { atol: 1e-4 });
    } finally {
      await run.close();
    }
  });

  it("as a checkpoint that comes back with its text adapter, and draws the same", async () => {
    const [source, out] = [at("all.pt"), at("back")];
    const settings = ["sampler.solver=euler", "sampler.steps=2"];
    for (const convert of [
      () => toCheckpoint({ source: at("all"), out: source, settings: [], options: {} }),
      () => fromCheckpoint({ source, out, settings, options: { heads: 2 } }),
    ]) {
      const conversion = await convert();
      if (conversion.problem) throw conversion.problem;
      await conversion.write();
      await conversion.close();
    }
    const [before, after] = [await model("all"), await model("back")];
    const weights = before.tensors["t2s.0.weight"]?.data as Float32Array;
    expect(after.tensors["t2s.0.weight"]?.data).toEqual(weights.map((value) => 4 * value)); // conditioner.gain is part of it
    const { encoder, text_encoder: texts } = before.metadata;
    expect(after.metadata).toMatchObject({ conditioner: "t2s", encoder, text_encoder: texts });
    expect(await draw("back", { text: "a red circle" })).toBeAllclose(await draw("all", { text: "a red circle" }), {
      atol: 1e-4,
    });
  });

  it("mixed with an image, as far as it is asked to", async () => {
    const png = await pngGrid(key(3).uniform([1, 3, 16, 16]), { columns: 1, gap: 0 });
    writeFileSync(at("image.png"), png);
    const run = await openRun(at("all"));
    try {
      const mixed = async (weight: number): Promise<NDArray<"f32">> => {
        const mixture = await mixTexts(run, { texts: ["a red circle"], images: [at("image.png")], weight });
        const sampler = await mixture.sampler(run.config.sampler, { batchSize: 2 });
        const { images } = await sampler.draw({ request: mixture.request, count: 2, seed: 1 });
        await mixture.close();
        return images;
      };
      const [none, half, whole] = [await mixed(0), await mixed(0.5), await mixed(1)];
      expect(none).toBeAllclose(await draw("all", { text: "a red circle" }), { atol: 1e-4 });
      expect(half).not.toEqual(none);
      expect(half).not.toEqual(whole);
    } finally {
      await run.close();
    }
  });
});

describe("a run of texts is refused", () => {
  it.each([
    [[...text, "conditioner.loss=snippet-regression", begins], /train\.only: must be t2s/],
    [[...text, "conditioner.loss=contrastive", "train.only=t2s"], /give start\.run=FOLDER/],
    [
      [...text, `start.run=${at("regressed")}`, "conditioner.gain=2"],
      /conditioner\.gain=4, got 2; set conditioner\.gain=4/,
    ],
    [["train.only=t2s", begins], /train\.only: t2s is for conditioner\.kind=t2s/],
    [["conditioner.kind=t2s", "conditioner.loss=end-to-end"], /needs a text encoder.*set textEncoder/],
    [[...text, "image.flip=true"], /image\.flip.*left and right/],
    [
      [...regression, `start.run=${at("regressed")}`, "textEncoder.dim=16"],
      /text encoder .* has textEncoder\.dim=32, got 16/,
    ],
  ])("for %j", async (settings, message) => {
    await expect(run([...settings, "name=refused", "data=no such folder"])).rejects.toThrow(message);
  });

  it("when it is opened with another text encoder than it was trained with", async () => {
    const files = runFiles(at("all"));
    const { tensors, metadata } = await readSafetensors(files.model);
    rmSync(files.model);
    await writeSafetensors(files.model, tensors, { metadata: { ...metadata, text_encoder: "another" } });
    await expect(openRun(at("all"))).rejects.toThrow(/was trained with another, got .*hashed-words/);
  });
});
