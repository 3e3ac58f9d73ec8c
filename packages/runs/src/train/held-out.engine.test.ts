import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listCheckpoints } from "@gmem/trainer";
import { expect, it } from "vitest";
import { checkConfig } from "../config/load.ts";
import { runFiles } from "../folder/run-files.ts";
import { trainRun } from "./train-run.ts";

it("a network that overflows has no held-out loss; its checkpoints are saved and training goes on", async () => {
  const runs = mkdtempSync(join(tmpdir(), "gmem-held-out-"));
  const config = checkConfig(
    {
      name: "wild",
      runs,
      data: "scenes",
      steps: 2,
      batch: 4,
      checkpointEvery: 1,
      image: { size: 8, count: 16, heldOut: 4 },
      encoder: { clusters: 4, dim: 4, patchSize: 3, patches: 200 },
      backbone: { patchSize: 4, depth: 1, hiddenSize: 16, heads: 1 },
      optimizer: { lr: 1e18 },
      ema: { decay: 0 },
      engine: { threads: 1 },
    },
    "test",
  );
  const result = await trainRun(config, { files: runFiles(join(runs, "wild")), resume: false });
  expect(result).toMatchObject({ steps: 2, heldOut: {} });
  const saved = await listCheckpoints(join(runs, "wild"));
  expect(saved.map(({ meta }) => [meta.step, meta.metrics["held-out loss"]])).toEqual([
    [1, undefined],
    [2, undefined],
  ]);
});
