import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparableMetrics } from "@gmem/trainer";
import { beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { runFiles, runFolder } from "../folder/run-files.ts";
import { openRun } from "../open/open-run.ts";
import { trainRun } from "./train-run.ts";

const preset = {
  data: "scenes",
  batch: 4,
  steps: 6,
  checkpointEvery: 2,
  sampleEvery: 2,
  workers: 3,
  exchange: "rounds",
  rounds: { steps: 2 },
  image: { size: 16, count: 24, heldOut: 4 },
  encoder: { kind: "patch-kmeans", clusters: 8, dim: 6, patchSize: 3, patches: 300 },
  backbone: { patchSize: 4, depth: 1, hiddenSize: 16, heads: 2, adaLNInit: "xavier" },
  engine: { threads: 1 },
};

const root = mkdtempSync(join(tmpdir(), "gmem-rounds-"));
const at = (name: string) => runFiles(join(root, name));
const outcome = (name: string) => ({
  model: readFileSync(at(name).model).toString("base64"),
  metrics: comparableMetrics(readFileSync(at(name).metrics, "utf8")),
});

async function run(name: string, settings: readonly string[] = [], resume = false) {
  const config = await loadConfig("tiny", [`runs=${root}`, `name=${name}`, ...settings], { tiny: preset });
  const notes: string[] = [];
  const onProgress = ({ stage, note }: { stage: string; note?: string }) => {
    if (stage === "rounds" && note) notes.push(note);
  };
  const result = await trainRun(config, { files: runFiles(runFolder(config)), resume, onProgress });
  return { ...result, notes };
}

describe("a run in rounds", () => {
  beforeAll(() => run("first"));

  it("has the same bits again, by one engine or several, and tells of its parts", async () => {
    const { notes, steps, heldOut } = await run("again", ["engine.threads=2"]);
    expect(steps).toBe(6);
    expect(Object.values(heldOut).every(Number.isFinite)).toBe(true);
    expect(notes[0]).toMatch(/^round 1 of 3, part 1: loss \d/);
    expect(notes.at(-1)).toMatch(/^round 3 of 3, part \d: loss/);
    expect(outcome("again")).toEqual(outcome("first"));
    const steppedBy = outcome("first")
      .metrics.trim()
      .split("\n")
      .map((line) => JSON.parse(line).step);
    expect(steppedBy).toEqual([2, 4, 6]);
  });

  it("ends alike in the folders of two who share a store", async () => {
    const store = `rounds.store=${join(root, "store")}`;
    await Promise.all([run("here", [store]), run("there", [store])]);
    expect(outcome("here").model).toBe(outcome("first").model);
    expect(outcome("there").model).toBe(outcome("first").model);
  });

  it("goes on for longer, and is not gone on with otherwise", async () => {
    await run("longer", ["steps=2"]);
    await expect(run("longer", ["exchange=exact", "workers=1"], true)).rejects.toThrow(/workers was 3 and is null/);
    await expect(run("longer", ["workers=2"], true)).rejects.toThrow(/workers was 3 and is 2/);
    await expect(run("longer", ["rounds.momentum=0"], true)).rejects.toThrow(/rounds\.momentum was 0\.9 and is 0/);
    expect(await run("longer", [], true)).toMatchObject({ steps: 6, stepsMade: 4 });
    expect(outcome("longer")).toEqual(outcome("first"));
  });

  it.each([
    ["s3://bucket/mine", "CONFIG", /rounds\.store: a bucket needs credentials.*AWS_ACCESS_KEY_ID/],
    ["ftp://host/mine", "CONFIG", /a folder or s3:\/\/bucket\/prefix/],
    [join(root, "first", "config.json"), "STORE", /config\.json/],
  ])("is refused before anything is written where the store cannot be used: %s", async (store, code, message) => {
    await expect(run("refused", [`rounds.store=${store}`])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(existsSync(join(root, "refused"))).toBe(false);
  });

  it("draws", async () => {
    const opened = await openRun(join(root, "first"));
    const sampler = await opened.sampler({ ...opened.config.sampler, steps: 2 }, { batchSize: 2 });
    const { images } = await sampler.draw({ request: opened.conditioner.parse({ rows: [3] }), count: 2, seed: 0 });
    expect(images.shape).toEqual([2, 3, 16, 16]);
    await opened.close();
  });
});
