import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine, type Tree } from "@gmem/runs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CellContext, CellKind } from "../frame/cell-kind.ts";
import { addedStyles } from "./added-styles.ts";
import { movedBank } from "./moved-bank.ts";
import { pictures } from "./pictures.ts";
import { styleReferences } from "./style-references.ts";
import { texts } from "./texts.ts";

const network = {
  steps: 4,
  batch: 4,
  checkpointEvery: 2,
  keep: 2,
  "encoder.clusters": 8,
  "encoder.dim": 16,
  "encoder.patches": 500,
  "backbone.depth": 1,
  "backbone.hiddenSize": 16,
  "backbone.heads": 2,
  "sampler.steps": 2,
};
const [seen, unseen] = ["fluent-emoji-flat", "fluent-emoji-high-contrast"] as const;
const drawn: Tree = {
  preset: "drawings",
  run: { ...network, data: `drawings:${seen}`, "objective.nullProbability": 0, "sampler.cfg": 1 },
  styles: [seen, unseen],
  concepts: 24,
};
const scenes: Tree = {
  preset: "scenes-tiny",
  run: { ...network, "image.count": 32, "image.heldOut": 8 },
};

const engineSettings = { kind: "onnx", device: "cpu", threads: 1 } as const;
const runs = mkdtempSync(join(tmpdir(), "gmem-study-drawings-"));
let engine: Awaited<ReturnType<typeof openEngine>>;
beforeAll(async () => {
  engine = await openEngine(engineSettings);
});
afterAll(() => engine.dispose());
const compute = (kind: CellKind, settings: Tree, data?: string): Promise<Readonly<Record<string, number>>> => {
  const context: CellContext = { seed: 0, engine: async () => engine, engineSettings, runs, ...(data && { data }) };
  return kind.compute(settings, context);
};

describe("cells of drawings", () => {
  const style = (by: string, more: Tree = {}) =>
    compute(styleReferences, { ...drawn, unseen: [seen, unseen], references: 8, samples: 12, by, ...more });

  it("find the training pictures themselves where a style was seen, and none at distance 0 where it was not", async () => {
    const values = await style("training");
    const pixels = `${seen}, pixels`;
    expect(values[seen]).toBeLessThan(values[unseen] as number);
    expect(values[pixels]).toBeLessThan(values[`${unseen}, pixels`] as number);
    expect(values[unseen]).toBeGreaterThan(0.01);
  });

  it("tell a picture of the reference's snippet from one of another's, and draw without a bank", async () => {
    const [own, other] = [await style("snippet"), await style("other-snippet")];
    expect(own[unseen]).not.toBe(other[unseen]);
    const unconditional = { "conditioner.kind": "unconditional" };
    const samples = await style("samples", { run: { ...(drawn.run as Tree), ...unconditional } });
    for (const value of Object.values(samples)) expect(value).toBeGreaterThan(0);
  });

  it("vote for real drawings of a style above all, and by shares", async () => {
    const votes = (from: string) =>
      compute(addedStyles, { ...drawn, concepts: 60, unseen: [seen, unseen], added: 10, count: 8, from });
    const real = await votes("real");
    expect((real[seen] as number) + (real[unseen] as number)).toBeGreaterThan(1.4); // one of two styles: chance is 1
    const { [unseen]: added } = await votes("added");
    expect(8 * (added as number)).toBeCloseTo(Math.round(8 * (added as number)));
  });

  it("give a run the bank of another style", async () => {
    const moved = (against: string) => compute(movedBank, { ...drawn, of: unseen, rows: 12, against });
    const [own, other] = [await moved("own"), await moved("other")];
    expect(own.spread).toBe(other.spread); // the same pictures
    expect(own.ownSpread).toBeGreaterThan(0.1);
    expect(own.found).toBeLessThanOrEqual(1);
  });

  it("refuse other data", async () => {
    await expect(style("snippet", { ...scenes })).rejects.toMatchObject({ code: "CONFIG" });
    await expect(compute(texts, { ...scenes }, "photos")).rejects.toThrow(
      /drawn scenes and their sentences, got data=photos/,
    );
  });
});

describe("a cell of another domain", () => {
  it("gives a run the bank of scenes that it never saw, and of drawings, and trains nothing for it", async () => {
    const settings = { ...scenes, count: 8 };
    const near = await compute(pictures, { ...settings, domain: { "image.layout": "free", "image.count": 16 } });
    const before = readdirSync(runs);
    const far = await compute(pictures, { ...settings, domain: { data: `drawings:${unseen}` } });
    expect(readdirSync(runs)).toEqual(before);
    for (const values of [near, far]) expect(Object.keys(values).sort()).toEqual(["distance", "forwards"]);
    expect(near.distance).not.toBe(far.distance);
  });
});

describe("a cell of texts", () => {
  it("learns from captions alone, or from pictures first, and judges sentences", async () => {
    const shared = { ...scenes, textSteps: 4, wholeSteps: 6, prompts: 8, captioned: 16 };
    const words = { "textEncoder.kind": "hashed-words", "textEncoder.dim": 64 };
    const text = { "conditioner.loss": "snippet-regression", "train.only": "t2s", batch: 8 };
    for (const learn of ["captions", "pictures"]) {
      const { carried, ceiling } = await compute(texts, { ...shared, words, text, learn });
      expect(carried).toBeLessThanOrEqual(1);
      expect(ceiling).toBeGreaterThan(0.8);
    }
  });
});
