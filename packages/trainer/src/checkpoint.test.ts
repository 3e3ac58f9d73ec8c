import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type CheckpointMeta,
  damagedCheckpoints,
  type Json,
  listCheckpoints,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
import { openCheckpointFolder } from "./checkpoint-folder.ts";
import { removeDrafts } from "./durable.ts";
import { openMetricsLog } from "./metrics-log.ts";
import { checkSameSettings } from "./resume-identity.ts";

const newRun = (): Promise<string> => mkdtemp(join(tmpdir(), "gmem-run-"));
const meta = (step: number, metrics: CheckpointMeta["metrics"] = {}): Omit<CheckpointMeta, "bytes"> => ({
  step,
  updates: step,
  skipped: 0,
  skippedInARow: 0,
  seed: 0,
  dataId: "data",
  metrics,
  versions: {},
  config: { optimizer: { lr: 1 } },
});
const state = { "model/w": array([1, 2, Math.PI]), "ema/w": array([0, -0, 1e-30]) };
const stepsOf = async (run: string): Promise<number[]> =>
  (await listCheckpoints(run)).map((checkpoint) => checkpoint.meta.step);
const identity = { config: { optimizer: { lr: 1 } }, dataId: "data" };

describe("checkpoints", () => {
  it("give back what was written, to the bit", async () => {
    const run = await newRun();
    const written = await writeCheckpoint(run, state, meta(400));
    expect(written.path).toBe(join(run, "checkpoints", "step-000400"));
    const [found] = await listCheckpoints(run);
    expect(found?.meta).toEqual(written.meta);
    expect(await readCheckpoint(written)).toEqual(state);
  });
  it("do not count when half-written: a draft, a cut file, a missing or torn meta.json", async () => {
    const run = await newRun();
    for (const step of [5, 10, 15, 20]) await writeCheckpoint(run, state, meta(step));
    const at = (step: string, file: string): string => join(run, "checkpoints", step, file);
    await truncate(at("step-000010", "state.safetensors"), 20);
    await rm(at("step-000015", "meta.json"));
    await truncate(at("step-000020", "meta.json"), 30);
    await mkdir(join(run, "checkpoints", ".draft-step-000025"));
    expect(await stepsOf(run)).toEqual([5]);
    await removeDrafts(join(run, "checkpoints"));
    expect(await readdir(join(run, "checkpoints"))).not.toContain(".draft-step-000025");
  });
  it("take the place of a damaged one, and go past damaged ones", async () => {
    const run = await newRun();
    for (const step of [5, 10]) await writeCheckpoint(run, state, meta(step));
    await truncate(join(run, "checkpoints", "step-000005", "state.safetensors"), 20);
    await rm(join(run, "checkpoints", "step-000010", "meta.json"));
    await writeCheckpoint(run, state, meta(10));
    expect(await stepsOf(run)).toEqual([10]);
    expect(await damagedCheckpoints(run)).toEqual([join(run, "checkpoints", "step-000005")]);
    await pruneCheckpoints(run, { keep: 3 });
    expect(await readdir(join(run, "checkpoints"))).toEqual(["step-000010"]);
  });
  it("stay when they are among the last or the best", async () => {
    const run = await newRun();
    for (const [step, loss] of [
      [1, 4],
      [2, 1],
      [3, 3],
      [4, 2],
    ] as const)
      await writeCheckpoint(run, state, meta(step, { loss }));
    await pruneCheckpoints(run, { keep: 1, best: { metric: "loss", goal: "min" } });
    expect(await stepsOf(run)).toEqual([2, 4]);
    await pruneCheckpoints(run, { keep: 1 });
    expect(await stepsOf(run)).toEqual([4]);
  });
});

describe("a folder of checkpoints", () => {
  it("continues from the latest checkpoint and cuts the metrics there", async () => {
    const run = await newRun();
    const log = await openMetricsLog(run, { step: 0 });
    await log.append([1, 2, 3, 4].map((step) => ({ step, loss: Number.NaN })));
    await writeFile(log.path, '{"step":5,"lo', { flag: "a" });
    await writeCheckpoint(run, state, meta(3));
    const folder = await openCheckpointFolder({ folder: run, identity, resume: true, steps: 9 });
    expect(folder.resumed?.meta.step).toBe(3);
    await folder.append([{ step: 4, loss: 1 }]);
    await folder.close();
    const lines = [1, 2, 3].map((step) => `{"step":${step},"loss":null}\n`);
    expect(await readFile(log.path, "utf8")).toBe(`${lines.join("")}{"step":4,"loss":1}\n`);
  });
  it("refuses other settings, other data, and a second life without resume", async () => {
    const run = await newRun();
    await writeCheckpoint(run, state, meta(3));
    const open = (change: object, resume = true): Promise<unknown> =>
      openCheckpointFolder({ folder: run, identity: { ...identity, ...change }, resume, steps: 9 });
    await expect(open({ config: { optimizer: { lr: 2 } } })).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringContaining("optimizer.lr was 1 and is 2"),
    });
    await expect(open({ dataId: "other" })).rejects.toMatchObject({ code: "DATA" });
    await expect(open({}, false)).rejects.toMatchObject({ code: "CHECKPOINT" });
    await (await openCheckpointFolder({ folder: run, identity, resume: true, steps: 9 })).close(); // none of them kept the lock
  });
  it("changes nothing when it refuses", async () => {
    const run = await newRun();
    await writeCheckpoint(run, state, meta(3));
    await mkdir(join(run, "checkpoints", ".draft-step-000004"));
    await writeFile(join(run, "metrics.jsonl"), '{"step":9}\n');
    for (const change of [{ steps: 2 }, { identity: { ...identity, dataId: "other" } }])
      await expect(
        openCheckpointFolder({ folder: run, identity, resume: true, steps: 9, ...change }),
      ).rejects.toThrow();
    expect(await readdir(join(run, "checkpoints"))).toEqual([".draft-step-000004", "step-000003"]);
    expect(await readFile(join(run, "metrics.jsonl"), "utf8")).toBe('{"step":9}\n');
  });
  it("lets a constant rate go on for longer, and says how to keep another schedule", async () => {
    const schedules = (kind: string, steps: number) => ({ schedule: { kind, warmup: 2, floor: 0, steps } });
    const checkpoint = (kind: string) => ({ meta: { ...meta(3), bytes: 0, config: schedules(kind, 6) } });
    checkSameSettings(checkpoint("constant"), schedules("constant", 10));
    expect(() => checkSameSettings(checkpoint("cosine"), schedules("cosine", 10))).toThrow(
      /schedule\.steps was 6 and is 10; set schedule\.steps=6 to keep the schedule/,
    );
  });
  it.runIf(process.platform === "linux")("says what to do when the disk is full", async () => {
    const run = await newRun();
    const folder = await openCheckpointFolder({ folder: run, identity, resume: true, steps: 9 });
    await symlink("/dev/full", join(run, "metrics.jsonl"));
    await expect(folder.append([{ step: 1 }])).rejects.toMatchObject({
      code: "DISK_FULL",
      message: expect.stringMatching(/Free some space/),
    });
    await folder.close();
  });
});

describe("the metrics of a killed run", () => {
  it("are cut at the last whole line of the step, whatever follows it", async () => {
    const run = await newRun();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 0, max: 5 }),
        fc.uint8Array(),
        async (done, more, torn) => {
          const line = (step: number): string => `{"step":${step},"loss":0.5}\n`;
          const lines = Array.from({ length: done + more }, (_, i) => line(i + 1));
          await writeFile(join(run, "metrics.jsonl"), Buffer.concat([Buffer.from(lines.join("")), torn]));
          const { path } = await openMetricsLog(run, { step: done });
          // bytes that happen to be a line of an earlier step do not occur: a line has at least 10 of them
          expect(await readFile(path, "utf8")).toBe(lines.slice(0, done).join(""));
        },
      ),
      { numRuns: 50 },
    );
  });
});

it("a resumed run with another setting is refused by its path, any change of any configuration is found", () => {
  const resume = (before: Json, now: Json) => (): void =>
    checkSameSettings({ meta: { ...meta(1), bytes: 0, config: { config: before } } }, { config: now });
  const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
  fc.assert(
    fc.property(json, (a) => {
      expect(resume(a, structuredClone(a))).not.toThrow();
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer()), fc.string(), (a, name) => {
      expect(resume(a, { ...a, [name]: "changed" })).toThrow(/is "changed"/);
    }),
  );
  expect(resume({ a: { b: [1, 2] } }, { a: { b: [1, 3] } })).toThrow(/a\.b was \[1,2\] and is \[1,3\]/);
  expect(resume({ a: 1 }, { a: 1, c: 2 })).toThrow(/c was null and is 2/);
  expect(resume(1, 2)).toThrow(/the configuration was 1 and is 2/);
});
