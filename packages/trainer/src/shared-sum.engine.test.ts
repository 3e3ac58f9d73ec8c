import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dit } from "@gmem/backbones/dit";
import { lightningDit } from "@gmem/backbones/lightning-dit";
import { onnxEngine } from "@gmem/engine-onnx";
import { logitNormalTime, objective, velocityModel } from "@gmem/model";
import { ddpm, ddpmObjective } from "@gmem/samplers";
import type { Backbone } from "@gmem/spec";
import type { Engine, Named, NDArray } from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { snippets, tinyData, tinyRun } from "../test/tiny-run.ts";
import {
  comparableMetrics,
  listCheckpoints,
  readCheckpoint,
  type TrainOptions,
  type TrainStep,
  train,
} from "./index.ts";

let engines: Engine[];
beforeAll(async () => {
  engines = await Promise.all([1, 2, 3].map(() => onnxEngine({ threads: 1 })));
});
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

/** What a step tells, without what the machine does. */
const comparable = ({ step, loss, parts, gradNorm, lr, skipped }: TrainStep) =>
  ({ step, loss, parts, gradNorm, lr, skipped }) as const;

const optionsOf = (devices: number, change: Partial<TrainOptions>): TrainOptions => {
  const [engine, ...others] = engines.slice(0, devices) as [Engine, ...Engine[]];
  return { engine, engines: others, ...tinyRun({ batchSize: 12, accumulate: 6, ...change }) };
};

async function ended(devices: number, change: Partial<TrainOptions>) {
  const trainer = await train(optionsOf(devices, change));
  const steps: ReturnType<typeof comparable>[] = [];
  for await (const step of trainer) steps.push(comparable(step));
  const state = await trainer.state.read();
  await trainer.close();
  return { steps, state };
}

const modelOf = (backbone: Backbone) =>
  velocityModel({ backbone, conditioner: snippets(8), adapter: { kind: "linear", gain: 4 } });
const size = { latent: [3, 4, 4], patchSize: 2, depth: 2, hiddenSize: 16, heads: 2 } as const;
const diffusion = dit(size);

const runs: Readonly<Record<string, Partial<TrainOptions>>> = {
  "a SiT": {},
  "a DiT with its variance": {
    model: modelOf(diffusion),
    objective: ddpmObjective(objective(), { process: ddpm(), denoise: diffusion.atStep }),
  },
  "a LightningDiT with the cosine term, some of it frozen": {
    model: modelOf(lightningDit({ ...size, qkNorm: true })),
    objective: objective({ cosine: 1, time: logitNormalTime() }),
    only: ["blocks.1.", "final_layer."],
  },
};

describe.each(Object.entries(runs))("20 steps of %s", (_, change) => {
  it("have the bits of one device that accumulates, on 1, 2 and 3", async () => {
    const alone = await ended(1, change);
    expect(alone.steps).toHaveLength(20);
    expect(new Set(alone.steps.map(({ loss }) => loss)).size).toBe(20);
    for (const devices of [2, 3]) expect(await ended(devices, change)).toEqual(alone);
  });
});

describe("several devices", () => {
  const outcome = async (folder: string): Promise<{ state: Named<NDArray>; metrics: string }> => {
    const last = (await listCheckpoints(folder)).at(-1);
    if (!last) return expect.fail(`no checkpoint in ${folder}`);
    const metrics = comparableMetrics(await readFile(join(folder, "metrics.jsonl"), "utf8"));
    return { state: await readCheckpoint(last), metrics };
  };

  it("go on from a checkpoint of another number of them with the same bits", async () => {
    const [whole, parts] = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), "gmem-shared-"))));
    const at = (folder: string, steps: number): Partial<TrainOptions> => ({
      steps,
      resume: true,
      schedule: { steps: 9 },
      checkpoint: { folder, every: 3 },
    });
    await ended(1, at(whole as string, 9));
    for (const [i, devices] of [2, 1, 3].entries()) await ended(devices, at(parts as string, 3 * (i + 1)));
    expect(await outcome(parts as string)).toEqual(await outcome(whole as string));
  });

  it("change nothing in a step of which another device's part is not finite", async () => {
    const { batch, ...set } = tinyData(24);
    const data: TrainOptions["data"] = {
      ...set,
      async batch(index) {
        const found = await batch(index);
        if (index.includes(3)) found.latents.data.fill(Number.NaN, 11 * 48, 12 * 48); // the last sample's
        return found;
      },
    };
    const [two, alone] = [await ended(2, { data, steps: 5 }), await ended(1, { data, steps: 5 })];
    const skips = two.steps.map(({ skipped }) => skipped);
    expect(skips).toContain(true);
    expect(skips).toContain(false);
    expect(two).toEqual(alone);
  });

  it.each([
    [2, { accumulate: 1 }],
    [2, { accumulate: 3 }],
    [3, { accumulate: 4 }],
  ])("are refused where their number, %i, does not divide the micro-batches: %o", async (devices, change) => {
    await expect(train(optionsOf(devices, change))).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringMatching(`accumulate must be a multiple of the ${devices} engines`),
    });
  });

  it("end with the error of the one that is gone", async () => {
    const gone = await onnxEngine({ threads: 1 });
    const trainer = await train({ ...optionsOf(1, {}), engines: [gone] });
    await expect(
      (async () => {
        for await (const { step } of trainer) if (step === 2) await gone.dispose();
      })(),
    ).rejects.toMatchObject({ code: "ENGINE" });
    expect(trainer.step).toBe(2);
  });
});
