import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { merge, runFiles, type Tree } from "@gmem/runs";
import { readSafetensors, writeSafetensors } from "@gmem/weights";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { untrainedRun } from "../../test/untrained-run.ts";
import { convert } from "./convert.ts";
import { exportRun } from "./export.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-changed-"));
const run = join(folder, "run");
const files = runFiles(run);
const out = (name: string): string => join(folder, name);
let whole: string;

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await untrainedRun(run, { adapter: { kind: "linear", gain: 4 } });
  whole = readFileSync(files.config, "utf8");
});
afterEach(() => writeFileSync(files.config, whole));

function change(patch: Tree): void {
  const stored = JSON.parse(whole);
  writeFileSync(files.config, JSON.stringify({ ...stored, config: merge(stored.config, patch) }));
}

const commands = {
  sample: () => sampleRun(run, { seed: 0, weights: "ema", count: 1, out: out("a.png") }),
  export: () => exportRun(run, { part: "backbone", out: out("onnx") }),
  "convert to a checkpoint": () => convert(run, out("a.pt"), [], {}),
  "convert to a class table": () => convert(run, out("table"), [], { to: "class-table" }),
  "convert to another bank": () => convert(run, out("bank"), [], { to: "memory-bank", bank: run }),
};

describe("a run whose config.json was changed by hand to another network than model.safetensors", () => {
  it.each<[change: Tree, message: string]>([
    [{ backbone: { heads: 4 } }, "backbone.heads must be 2"],
    [{ backbone: { time: "data1" } }, 'backbone.time must be "data0"'],
    [{ backbone: { qkNorm: true } }, "backbone.qkNorm must be false"],
    [{ backbone: { kind: "lightning-dit", mlpRatio: undefined } }, 'backbone.kind must be "sit"'],
    [{ adapter: { gain: 1 } }, "adapter.gain must be 4"],
    [{ adapter: { kind: "mlp3" } }, 'adapter.kind must be "linear"'],
    [{ conditioner: { kind: "class-table" } }, 'conditioner.kind must be "memory-bank"'],
    [{ objective: { loss: "noise" } }, 'objective.loss must be "velocity"'],
    [{ objective: { interpolant: "gvp" } }, 'objective.interpolant must be "linear"'],
    [{ image: { size: 16 } }, "image.size: its latents must be [3,8,8]"],
  ])("is refused by every command, which writes nothing: %j", async (patch, message) => {
    change(patch);
    const before = readdirSync(folder);
    for (const [name, command] of Object.entries(commands))
      await expect(command(), name).rejects.toMatchObject({
        code: "CONFIG",
        message: expect.stringContaining(`${files.config}: ${message}, as ${files.model} was trained with it, got `),
      });
    expect(readdirSync(folder)).toEqual(before);
  });

  it("opens with changes that nothing is drawn by, and where the file does not say what it is", async () => {
    change({ backbone: { recompute: true, adaLNInit: "zero" }, sampler: { steps: 2 }, steps: 7 });
    await commands.sample();
    const { tensors, metadata } = await readSafetensors(files.model);
    await writeSafetensors(files.model, tensors, { metadata: { format: "pt", config: "mine" } });
    change({ backbone: { heads: 4 } });
    await commands.sample();
    await writeSafetensors(files.model, tensors, { metadata });
  });

  it("settings of a conversion are refused likewise", async () => {
    const to = { to: "memory-bank", bank: run };
    await expect(convert(run, out("no"), ["backbone.heads=4"], to)).rejects.toThrow(
      /convert: backbone\.heads must be 2/,
    );
    await expect(convert(run, out("no"), ["backbone.heads=4"], { to: "class-table" })).rejects.toThrow(
      /convert: backbone\.heads must be 2/,
    );
    await writeSafetensors(out("net.safetensors"), (await readSafetensors(files.model)).tensors);
    await expect(convert(out("net.safetensors"), out("no"), ["backbone.heads=4"], { heads: 2 })).rejects.toThrow(
      /convert: backbone\.heads must be 2/,
    );
  });
});
