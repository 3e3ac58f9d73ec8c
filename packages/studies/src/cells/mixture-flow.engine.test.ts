import { openEngine } from "@gmem/runs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CellContext } from "../frame/cell-kind.ts";
import { mixtureFlow } from "./mixture-flow.ts";

const settings = {
  components: 6,
  radius: 8,
  deviation: 2,
  points: 1024,
  snippets: 64,
  noise: 1,
  trajectories: 64,
  eulerSteps: 50,
  held: 4,
  noises: 16,
  network: { steps: 100, batch: 64, width: 32 },
};

describe("a flow of a regime", () => {
  const engineSettings = { kind: "onnx", device: "cpu", threads: 1 } as const;
  let engine: Awaited<ReturnType<typeof openEngine>>;
  beforeAll(async () => {
    engine = await openEngine(engineSettings);
  });
  afterAll(() => engine.dispose());
  const compute = (regime: string, learned: boolean): Promise<Readonly<Record<string, number>>> => {
    const context: CellContext = { seed: 0, engine: async () => engine, engineSettings, runs: "" };
    return mixtureFlow.compute({ ...settings, regime, learned }, context);
  };

  it("is straighter and leaves less open the more the condition says", async () => {
    const [open, weak, gmem, strong] = await Promise.all(
      ["unconditional", "weak", "gmem", "strong"].map((regime) => compute(regime, false)),
    );
    for (const metric of ["straightness", "turning", "predictionPath", "spread"])
      for (const [more, less] of [
        [open, weak],
        [weak, gmem],
        [gmem, strong],
      ])
        expect(less?.[metric], metric).toBeLessThan(more?.[metric] as number);
    expect(open?.error).toBeUndefined();
  });

  it("is learned by a network that comes nearer to the exact velocity than zero is", async () => {
    const { error } = await compute("weak", true);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(30); // E‖v‖² of the mixture is above 60
  });
});
