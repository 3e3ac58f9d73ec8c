import { existsSync, mkdtempSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine, type Tree } from "@gmem/runs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CellContext, CellKind } from "../frame/cell-kind.ts";
import { composition } from "./composition.ts";
import { copies } from "./copies.ts";
import { farSnippets } from "./far-snippets.ts";
import { interpolation, rankCorrelation } from "./interpolation.ts";
import { pictures } from "./pictures.ts";

const trained: Tree = {
  preset: "scenes-tiny",
  run: {
    steps: 4,
    batch: 4,
    checkpointEvery: 1,
    keep: 4,
    "image.count": 64,
    "image.heldOut": 8,
    "encoder.clusters": 8,
    "encoder.dim": 16,
    "backbone.depth": 1,
    "backbone.hiddenSize": 16,
    "backbone.heads": 2,
    "sampler.steps": 2,
  },
};

describe("cells of trained runs", () => {
  const engineSettings = { kind: "onnx", device: "cpu", threads: 1 } as const;
  const runs = mkdtempSync(join(tmpdir(), "gmem-study-runs-"));
  let engine: Awaited<ReturnType<typeof openEngine>>;
  let first: Readonly<Record<string, number>>; // the run is trained for it
  beforeAll(async () => {
    engine = await openEngine(engineSettings);
    first = await compute(pictures, { count: 8 });
  });
  afterAll(() => engine.dispose());
  const compute = (kind: CellKind, settings: Tree): Promise<Readonly<Record<string, number>>> => {
    const context: CellContext = { seed: 0, engine: async () => engine, engineSettings, runs };
    return kind.compute({ ...trained, ...settings }, context);
  };

  it("share one run, which is trained once, and give the same numbers again", async () => {
    expect(Object.keys(first).sort()).toEqual(
      ["adherence", "distance", "forwards", "halfLoss", "loss", "noisyLoss", "quarterLoss"].sort(),
    );
    const [run = ""] = readdirSync(runs);
    const made = statSync(join(runs, run, "model.safetensors")).mtimeMs;
    expect(await compute(pictures, { count: 8 })).toEqual(first);
    expect(readdirSync(runs)).toEqual([run]);
    expect(statSync(join(runs, run, "model.safetensors")).mtimeMs).toBe(made);
    expect(existsSync(join(runs, run, "bank", "bank.edits.jsonl"))).toBe(false);
  });

  it("draw from another memory than the run's and by another solver, with the same network", async () => {
    const other = await compute(pictures, {
      count: 8,
      memory: { rank: 2 },
      sampler: { solver: "euler", steps: 5 },
    });
    expect(other.loss).toBe(first.loss);
    expect(other.distance).not.toBe(first.distance);
    expect([first.forwards, other.forwards]).toEqual([3, 5]); // two Heun steps, the last one of one call, and five Euler steps
  });

  it("say of blends where they lie and what they show, as shares", async () => {
    const { monotone } = await compute(interpolation, { method: "linear", pairs: 4 });
    expect(Math.abs(monotone as number)).toBeLessThanOrEqual(1);
    for (const method of ["linear", "neither"]) {
      const { composed, kept, recognised } = await compute(composition, { method, pairs: 4 });
      expect((composed as number) + (kept as number)).toBeLessThanOrEqual(recognised as number);
    }
  });

  it("find moved snippets further from the bank, and held-out pictures unlike training pictures", async () => {
    const [near, far] = [
      await compute(farSnippets, { away: 0, count: 8 }),
      await compute(farSnippets, { away: 2, count: 8 }),
    ];
    expect(far.similarity).toBeLessThan(near.similarity as number);
    const found = await compute(copies, { pictures: "held-out", against: "nearest", count: 8 });
    const control = await compute(copies, { pictures: "held-out", against: "same-class", count: 8 });
    expect(found.psnr).toBeGreaterThan(control.psnr as number);
    expect(found.highestSsim).toBeLessThan(1);
  });
});

describe("the rank correlation", () => {
  it("is 1 for a way that grows, −1 for one that falls", () => {
    expect(rankCorrelation([1, 2, 4, 8])).toBe(1);
    expect(rankCorrelation([4, 3, 2, 1])).toBe(-1);
    expect(rankCorrelation([1, 3, 2, 4])).toBeCloseTo(0.8, 12); // 1 − 6·2/60
  });
});
