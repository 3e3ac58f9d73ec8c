import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { partOf } from "@gmem/nn";
import type { Named, NDArray } from "@gmem/tensor";
import { readSafetensors, writeSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { runFiles } from "../folder/run-files.ts";
import { openRun } from "../open/open-run.ts";
import { encodeLatents } from "./encode-latents.ts";
import { trainRun } from "./train-run.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-"));
const at = (...path: string[]): string => join(folder, ...path);

/** A preset of other numbers than the run that it goes on from: nobody says its encoder or S-Adapter. */
const preset = {
  name: "tiny",
  runs: folder,
  data: "scenes",
  steps: 2,
  batch: 4,
  image: { size: 16, count: 24, heldOut: 4, layout: "free" },
  encoder: { kind: "patch-kmeans", clusters: 8, dim: 6, patchSize: 3, patches: 300 },
  adapter: { gain: 4 },
  backbone: { patchSize: 4, depth: 1, hiddenSize: 16, heads: 2 },
};
const first = ["name=first", "image.layout=centred", "encoder.dim=5", "adapter.gain=8", "conditioner.kind=memory-bank"];
const begins = `start.run=${at("first")}`;
const load = (...settings: string[]) => loadConfig("tiny", settings, { tiny: preset });

async function run(...settings: string[]): Promise<string> {
  const config = await load(...settings);
  let note = "";
  await trainRun(config, {
    files: runFiles(at(config.name)),
    resume: false,
    watch: ({ start }) => {
      note = start ?? "";
      return { step: async () => {}, end: async () => {} };
    },
  });
  return note;
}
const model = (name: string) => readSafetensors(runFiles(at(name)).model);
const bytes = (path: string): string => readFileSync(path).toString("base64");

beforeAll(async () => {
  await run(...first);
  await run(...first, "name=classes", "conditioner.kind=class-table");
});

describe("a run on other data that begins with another run", () => {
  it("keeps encoder and S-Adapter of that run, whatever the preset says, and tells", async () => {
    const config = await load(begins);
    expect([config.encoder, config.adapter.gain]).toMatchObject([{ dim: 5 }, 8]);
    const note = await run(begins, "name=tuned", "optimizer.lr=1e-9");
    const { encoder } = (await model("first")).metadata;
    expect(note).toBe(`begins with ${at("first")}, kept: backbone, S-Adapter, encoder ${encoder}`);
    expect((await model("tuned")).metadata.encoder).toBe(encoder);
    expect(bytes(runFiles(at("tuned")).encoder)).toBe(bytes(runFiles(at("first")).encoder));
    expect(bytes(runFiles(at("tuned")).bank)).not.toBe(bytes(runFiles(at("first")).bank)); // of its own pictures
    const [before, after] = [(await model("first")).tensors, (await model("tuned")).tensors];
    for (const [name, { data }] of Object.entries(after)) expect(distance(data, before[name])).toBeLessThan(1e-6);
  });

  it("refuses another encoder before data is read, unless it is asked for, and then with a new S-Adapter", async () => {
    const other = ["encoder.dim=6", "name=other"];
    await expect(run(begins, ...other, "data=no such folder")).rejects.toThrow(
      /encoder: .*first understands the snippets of its own encoder, encoder\.dim=5, got 6; .*start\.encoder=new/,
    );
    expect(existsSync(at("other"))).toBe(false);
    const note = await run(begins, ...other, "start.encoder=new");
    expect(note).toMatch(
      /first, kept: backbone; new: condition_projection\.linear\.weight, condition_projection\.linear\.bias$/,
    );
    const same = await run(begins, "name=same", "encoder.dim=5", "start.encoder=new"); // of the same width: a new one, too
    expect(same).toMatch(/kept: backbone; new: condition_projection/);
    const { tensors } = await model("same");
    const before = (await model("first")).tensors;
    const adapter = Object.keys(tensors).filter((name) => partOf(name) === "S-Adapter" && name.endsWith("weight"));
    for (const name of adapter) expect(distance((tensors[name] as NDArray).data, before[name])).toBeGreaterThan(0.1);
  });

  it("takes latents with snippets of that encoder, and refuses those of another", async () => {
    await encodeLatents(await load(begins), { folder: at("kept"), snippets: true, shardRows: 50 });
    expect(await run(begins, `data=${at("kept")}`, "name=stored")).toMatch(/kept: backbone, S-Adapter, encoder/);
    await encodeLatents(await load("encoder.dim=5"), { folder: at("learned"), snippets: true, shardRows: 50 });
    await expect(run(begins, `data=${at("learned")}`, "name=mixed")).rejects.toMatchObject({
      code: "BANK",
      message: expect.stringMatching(/understands the snippets of patch-kmeans-\w+, got a bank of patch-kmeans-\w+/),
    });
  });

  it.each([
    ["adapter.gain=2", /S-Adapter of .*first has adapter\.gain=8, got 2; set adapter\.gain=8/],
    ["backbone.depth=2", /network of .*first has backbone\.depth=1, got 2; set backbone\.depth=1/],
    ["backbone.time=data1", /backbone\.time=data0, got data1/],
    ["backbone.kind=dit", /backbone\.kind=sit, got dit/],
    ["backbone.qkNorm=true", /backbone\.qkNorm=false, got true/],
    ["objective.loss=noise", /predicts velocity, got objective\.loss=noise/],
    ["tokenizer.kind=sd-vae backbone.patchSize=2", /latents of .*first has tokenizer\.kind=pixels, got sd-vae/],
    ["backbone.patchSize=2", /must hold "pos_embed" \[1,64,16\], got \[1,16,16\]/],
    ["start.run=nowhere", /nowhere: must be a run folder/],
  ])("refuses what would go wrong without a word, before data is read: %s", async (settings, message) => {
    await expect(run(begins, ...settings.split(" "), "name=refused", "data=no such folder")).rejects.toThrow(message);
    expect(existsSync(at("refused"))).toBe(false);
  });

  it("needs the encoder that was learned", async () => {
    const path = runFiles(at("first")).encoder;
    renameSync(path, `${path}.away`);
    await expect(run(begins, "name=lost")).rejects.toThrow(/needs the encoder that was learned .*start\.encoder=new/);
    renameSync(`${path}.away`, path);
  });

  it.each(["model", "encoder"] as const)(
    "refuses a start whose %s is not finite before data is read, by the start's own file",
    async (name) => {
      const path = runFiles(at("first"))[name];
      const kept = readFileSync(path);
      const { tensors, metadata } = await readSafetensors(path);
      const spoiled = Object.keys(tensors).find((one) => one.endsWith("weight")) as string;
      (tensors[spoiled] as NDArray<"f32">).data[3] = Number.NaN;
      await writeSafetensors(path, tensors, { metadata });
      await expect(run(begins, "name=spoiled", "data=no such folder")).rejects.toMatchObject({
        code: "NON_FINITE",
        message: expect.stringContaining(`${path}: ${spoiled} must be finite`),
      });
      expect(existsSync(at("spoiled"))).toBe(false);
      writeFileSync(path, kept);
    },
  );

  it("refuses an encoder in the start's folder that is not the start's", async () => {
    const path = runFiles(at("first")).encoder;
    const kept = readFileSync(path);
    const { tensors, metadata } = await readSafetensors(path);
    (tensors["pca.mean"] as NDArray<"f32">).data[0] = 7;
    await writeSafetensors(path, tensors, { metadata });
    await expect(run(begins, "name=foreign", "data=no such folder")).rejects.toThrow(
      /encoder\.safetensors, got patch-kmeans-\w+ in it, and the run is of patch-kmeans-\w+; restore it/,
    );
    writeFileSync(path, kept);
  });

  it("opens a checkpoint of a run with the network that the checkpoint is of alone", async () => {
    cpSync(at("first"), at("copied"), { recursive: true });
    const files = runFiles(at("copied"));
    const stored = JSON.parse(readFileSync(files.config, "utf8"));
    stored.config.backbone.heads = 1;
    writeFileSync(files.config, JSON.stringify(stored));
    renameSync(files.model, `${files.model}.away`);
    await expect(openRun(at("copied"), { weights: "model" })).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringMatching(
        /config\.json: backbone\.heads must be 2, as .*step-000002 was trained with it, got 1/,
      ),
    });
  });

  it("learns its own encoder where the start has none", async () => {
    const note = await run(`start.run=${at("classes")}`, "name=from-classes");
    expect(note).toMatch(/classes, kept: backbone; S-Adapter fitted to its class table$/);
    expect((await load(`start.run=${at("classes")}`)).encoder).toMatchObject({ dim: 6 });
  });
});

const distance = (a: ArrayLike<number>, b: Named<NDArray>[string] | undefined): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b?.data[i] as number))), 0);
