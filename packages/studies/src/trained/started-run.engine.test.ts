import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine } from "@gmem/runs";
import { afterAll, expect, it } from "vitest";
import { ditToGmem } from "../studies/dit-to-gmem.ts";
import { fineTuning } from "../studies/fine-tuning.ts";
import { resolution } from "../studies/resolution.ts";
import { style } from "../studies/style.ts";
import { type StartedRunSettings, startedRun } from "./started-run.ts";
import { withTrainedRun } from "./trained-run.ts";

const small = {
  ...{ steps: 16, batch: 4, checkpointEvery: 4, keep: 4, "image.count": 48, "image.heldOut": 8 },
  ...{
    "encoder.clusters": 8,
    "encoder.dim": 16,
    "encoder.patches": 500,
    "backbone.depth": 1,
    "backbone.hiddenSize": 16,
    "backbone.heads": 2,
  },
};
const engineSettings = { kind: "onnx", device: "cpu", threads: 1 } as const;
const engine = await openEngine(engineSettings);
afterAll(() => engine.dispose());
const runs = mkdtempSync(join(tmpdir(), "gmem-started-"));

it.each([
  ["dit-to-gmem", ditToGmem.configurations.converted, { conditioner: "memory-bank", size: 16 }],
  ["resolution", resolution.configurations.moved, { conditioner: "memory-bank", size: 32 }],
  ["fine-tuning", fineTuning.configurations.tuned, { conditioner: "memory-bank", size: 16 }],
  ["style", style.configurations.retrofitted, { conditioner: "memory-bank", size: 16 }],
] as const)("a run of %s begins with another and makes a quarter of its steps", async (_, configuration, expected) => {
  const given = configuration?.settings as Partial<StartedRunSettings>;
  const settings = { preset: "scenes-tiny", ...given, run: { ...small, ...given.run } };
  const context = { seed: 0, engine: async () => engine, engineSettings, runs };
  await withTrainedRun(await startedRun(settings, context), context, async ({ run: { config }, measured }) => {
    expect({ conditioner: config.conditioner.kind, size: config.image.size }).toEqual(expected);
    expect([config.steps, measured.length]).toEqual([4, 4]);
    expect(config.start).toMatchObject({ run: expect.stringContaining(runs) });
  });
});
