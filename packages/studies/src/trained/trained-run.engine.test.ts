import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine } from "@gmem/runs";
import { listCheckpoints } from "@gmem/trainer";
import { afterAll, expect, it } from "vitest";
import type { CellContext } from "../frame/cell-kind.ts";
import { type TrainedRunSettings, withTrainedRun } from "./trained-run.ts";

const settings: TrainedRunSettings = {
  preset: "scenes-tiny",
  run: {
    ...{ steps: 16, batch: 4, checkpointEvery: 4, keep: 4, "image.count": 48, "image.heldOut": 8 },
    ...{ "encoder.clusters": 8, "encoder.dim": 16, "encoder.patches": 500 },
    ...{ "backbone.depth": 1, "backbone.hiddenSize": 16, "backbone.heads": 2 },
  },
};
const engineSettings = { kind: "onnx", device: "cpu", threads: 1 } as const;
const engine = await openEngine(engineSettings);
afterAll(() => engine.dispose());

it("measures the same of a run that was stopped, which has another checkpoint for it", async () => {
  const contextIn = (name: string): CellContext => {
    const runs = mkdtempSync(join(tmpdir(), `gmem-${name}-`));
    return { seed: 0, engine: async () => engine, engineSettings, runs };
  };
  const measured = (context: CellContext) =>
    withTrainedRun(settings, context, async (trained) => ({
      measured: trained.measured,
      steps: (await listCheckpoints(trained.run.files.folder)).map(({ meta }) => meta.step),
    }));
  const whole = await measured(contextIn("whole"));
  const stop = new AbortController();
  const stopped = contextIn("stopped");
  const onProgress: CellContext["onProgress"] = ({ stage, done }) => {
    if (stage === "train" && done === 10) stop.abort();
  };
  await expect(measured({ ...stopped, signal: stop.signal, onProgress })).rejects.toMatchObject({ code: "ABORTED" });
  const resumed = await measured(stopped);
  expect(whole.steps).toEqual([4, 8, 12, 16]);
  expect(resumed.steps).not.toEqual(whole.steps); // one of them is where it was stopped
  expect(resumed.measured).toEqual(whole.measured);
  expect(whole.measured).toHaveLength(4);
});
