import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparableMetrics } from "@gmem/trainer";
import { textHash } from "@gmem/weights";
import { beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { loadRun } from "../folder/load-run.ts";
import { runFiles, runFolder } from "../folder/run-files.ts";
import { type TrainRunOptions, trainRun } from "./train-run.ts";

const preset = {
  data: "scenes",
  batch: 4,
  checkpointEvery: 1,
  image: { size: 16, count: 24, heldOut: 4 },
  encoder: { kind: "patch-kmeans", clusters: 8, dim: 6, patchSize: 3, patches: 300 },
  backbone: { patchSize: 4, depth: 1, hiddenSize: 16, heads: 2 },
  engine: { threads: 1 },
};

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gmem-resume-"));
});
const load = (...settings: string[]) =>
  loadConfig("tiny", [`runs=${root}`, "name=a", "steps=2", ...settings], { tiny: preset });

async function run(settings: readonly string[], options: Partial<TrainRunOptions> = {}) {
  const config = await load(...settings);
  return trainRun(config, { files: runFiles(runFolder(config)), resume: false, ...options });
}
const resume = (...settings: string[]) => run(settings, { resume: true });
const files = () => runFiles(join(root, "a"));

/** Every file with a hash of its bytes; what the machine did is left out of the metrics. */
function contents(name = "a"): Record<string, string> {
  const paths = readdirSync(join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(join(root, name).length), hashOf(path)]));
}

function hashOf(path: string): string {
  const bytes = readFileSync(path);
  return textHash([path.endsWith("metrics.jsonl") ? comparableMetrics(bytes.toString()) : bytes.toString("base64")]);
}

describe("a run that is resumed", () => {
  it("is refused with other settings, and no file changes", async () => {
    await run([]);
    const before = contents();
    for (const [setting, message] of [
      ["backbone.heads=4", /backbone\.heads was 2 and is 4/],
      ["bank.rank=2", /bank\.rank was null and is 2/],
      ["encoder.dim=5", /encoder\.dim was 6 and is 5/],
      ["start.run=elsewhere", /start was null and is/],
      ["seed=1", /seed was 0 and is 1/],
      ["steps=1", /steps: must be at least the 2 that .*a has made, got 1/],
      ["schedule.kind=cosine", /schedule\.kind was "constant" and is "cosine"/],
    ] as const) {
      const refused = run([setting], { resume: true, onProgress: ({ stage }) => expect(stage).not.toBe("images") });
      await expect(refused).rejects.toMatchObject({ code: "CONFIG", message: expect.stringMatching(message) });
    }
    expect(contents()).toEqual(before);
  });

  it("is refused with another bank than its own, and no file changes", async () => {
    await run([]);
    await run(["name=b", "encoder.dim=5"]);
    copyFileSync(runFiles(join(root, "b")).bank, files().bank);
    const before = contents();
    await expect(resume()).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringMatching(/must be built from these images with these settings/),
    });
    expect(contents()).toEqual(before);
  });

  it("goes on for longer at a constant rate, as if it had been so from the start", async () => {
    await run(["steps=4", "name=whole"]);
    await run([]);
    expect(await resume("steps=4")).toMatchObject({ steps: 4, stepsMade: 2 });
    const [long, whole] = [contents(), contents("whole")];
    expect(long["/model.safetensors"]).toBe(whole["/model.safetensors"]);
    expect(long["/metrics.jsonl"]).toBe(whole["/metrics.jsonl"]);
  });

  it("goes on with another number of workers, and ends with the bits of one", async () => {
    const parts = ["accumulate=2", "batch=8"];
    await run(["steps=4", "name=whole", ...parts]);
    await run([...parts, "workers=2"]);
    expect(await resume("steps=3", ...parts)).toMatchObject({ steps: 3, stepsMade: 1 });
    expect(await resume("steps=4", ...parts, "workers=2")).toMatchObject({ steps: 4, stepsMade: 1 });
    const [long, whole] = [contents(), contents("whole")];
    for (const file of ["/model.safetensors", "/metrics.jsonl", "/checkpoints/step-000004/state.safetensors"]) {
      expect(long[file]).toBe(whole[file]);
      expect(long[file]).toBeDefined();
    }
  });

  it("offers the setting that keeps another schedule, which works", async () => {
    await run(["schedule.kind=cosine", "schedule.floor=0.1"]);
    const longer = ["schedule.kind=cosine", "schedule.floor=0.1", "steps=3"];
    await expect(resume(...longer)).rejects.toThrow(/schedule\.steps was 2 and is 3; set schedule\.steps=2/);
    expect(await resume(...longer, "schedule.steps=2")).toMatchObject({ stepsMade: 1 });
  });

  it("is said to be finished, with its loss, and resumes itself by its folder", async () => {
    const { loss, heldOut } = await run([]);
    const config = loadRun(join(root, "a"), []);
    expect(config).toEqual(await load());
    const again = await trainRun(config, { files: files(), resume: true });
    expect(again).toMatchObject({ stepsMade: 0, steps: 2, loss, heldOut });
    expect(Number.isFinite(loss)).toBe(true);
    renameSync(join(root, "a"), join(root, "moved"));
    expect(loadRun(`${join(root, "moved")}/`, ["steps=3"])).toMatchObject({ name: "moved", runs: root, steps: 3 });
  });

  it("falls back behind a damaged checkpoint, says so, and replaces it", async () => {
    await run([]);
    const whole = contents();
    truncateSync(join(root, "a", "checkpoints", "step-000002", "state.safetensors"), 100);
    const said: string[] = [];
    await run([], { resume: true, onProgress: ({ result }) => result && said.push(result) });
    expect(said[0]).toMatch(/step-000002 is cut short or without meta\.json: goes on from step 1/);
    expect(contents()).toEqual(whole);
  });

  it("does not begin anew over a model whose checkpoints are gone", async () => {
    await run([]);
    renameSync(join(root, "a", "checkpoints"), join(root, "kept"));
    const before = contents();
    await expect(resume()).rejects.toThrow(/has a model and no checkpoint to go on from; .*start\.run=/);
    expect(contents()).toEqual(before);
  });
});

describe("a run that was ended before its first step", () => {
  it.each(["encoder", "bank"])(
    "is begun with other settings as if nothing had been there: ended after the %s",
    async (at) => {
      const ended = run(["encoder.dim=5", "bank.rank=3", "seed=4"], {
        onProgress: ({ stage, result }) => {
          if (stage === at && result) throw new TypeError("ended here");
        },
      });
      await expect(ended).rejects.toThrow("ended here");
      const said: string[] = [];
      await run(["bank.rank=2"], { onProgress: ({ result }) => result && said.push(result) });
      expect(said.join("\n")).toMatch(/encoder\.safetensors is of other settings or images: learned again/);
      await run(["name=fresh", "bank.rank=2"]);
      const [found, fresh] = [contents(), contents("fresh")];
      for (const name of ["/bank/bank.safetensors", "/bank/encoder.safetensors", "/model.safetensors"])
        expect(found[name]).toBe(fresh[name]);
    },
  );
});

describe("two runs at once on a fresh folder", () => {
  it("end in one run, and one typed error that changes nothing", async () => {
    const results = await Promise.allSettled([run([]), run([]), run([])]);
    const refused = results.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(2);
    for (const result of refused) expect(result).toMatchObject({ reason: { code: "LOCKED" } });
    expect(readdirSync(join(root, "a")).sort()).toEqual(
      ["bank", "checkpoints", "config.json", "metrics.jsonl", "model.safetensors", "samples"].sort(),
    );
  });
  it("leave no folder behind when all is refused", async () => {
    await expect(run(["data=nowhere"])).rejects.toMatchObject({ code: "DATA" });
    expect(readdirSync(root)).toEqual([]);
  });
});
