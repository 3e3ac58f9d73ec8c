import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxEngine, openOnnx } from "@gmem/engine-onnx";
import { type Engine, key, type NDArray } from "@gmem/tensor";
import "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untrainedModel } from "../../test/untrained-model.ts";
import type { RunConfig } from "../config/schema.ts";
import { runSamplers } from "../open/run-sampler.ts";
import { exportPart } from "./export-part.ts";
import { samplerPart } from "./sampler-part.ts";

let engine: Engine;
let folder = "";
beforeAll(async () => {
  engine = await onnxEngine({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), "gmem-sampler-"));
});
afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true });
});

type Settings = Partial<RunConfig["sampler"]>;
const cfg: Settings = { cfg: 1.8, cfgInterval: [0.2, 0.8] };
/** The discrete process divides by √ᾱ, 1/157 at its first step, and so multiplies rounding. */
const dit = 2e-4;
const cases: readonly (readonly [backbone: string, conditioner: string, settings: Settings])[] = [
  ...(["euler", "heun", "dpm-solver++", "euler-maruyama", "heun-sde"] as const).flatMap((solver) => [
    ["sit", "memory-bank", { solver }] as const,
    ["sit", "memory-bank", { solver, ...cfg }] as const,
  ]),
  ["lightning-dit", "class-table", { solver: "heun", ...cfg, cfgChannels: 2, shift: 2 }],
  ["lightning-dit", "class-table", { solver: "heun-sde", diffusion: "linear" }],
  ["sit", "unconditional", { solver: "heun" }],
  ["sana", "memory-bank", { solver: "dpm-solver++", cfg: 4.5, shift: 3 }],
  ["sana", "memory-bank", { solver: "heun-sde", ...cfg }],
  ["dit", "class-table", { solver: "ddim", cfg: 2 }],
  ["dit", "memory-bank", { solver: "ancestral", cfg: 2, cfgChannels: 3 }],
];

const undecoded = (): never => expect.unreachable("latents alone are drawn");

describe("sampler.onnx draws what the engine draws from the same noise", () => {
  it.each(cases)("%s with %s, %o", async (backbone, conditioner, settings) => {
    const steps = 6;
    const { config, model, parameters } = await untrainedModel(backbone, conditioner, { steps, ...settings });
    const path = join(folder, "sampler.onnx");
    const written = await exportPart(await samplerPart({ config, model, settings: config.sampler }, parameters), {
      path,
    });
    expect(written.batch).toBe("any");
    const file = await openOnnx(path, { threads: 1 });
    expect(file.inputs.map(({ name, shape }) => ({ name, shape }))).toEqual(
      written.inputs.map(({ name, shape }) => ({ name, shape })),
    );
    const state = await engine.state(parameters);
    for (const count of [1, 3, 5]) {
      const noise = key(4)
        .split(count)
        .normal([count, ...model.backbone.latent]);
      const stepNoise = key(5)
        .split(count)
        .normal([steps, count, ...model.backbone.latent]);
      const feeds = await model.conditioner.resolve(noise, undefined);
      const { sampler } = runSamplers({ config, engine, model, state, tokenizer: undecoded });
      const ready = await sampler(config.sampler, { batchSize: count });
      const wanted = await ready.drawLatents({ request: undefined, count, seed: 0, noise, stepNoise });
      const takesNoise = file.inputs.some(({ name }) => name === "stepNoise");
      const { latents } = await file.run({ noise, ...feeds, ...(takesNoise ? { stepNoise } : {}) });
      expect(latents as NDArray).toBeAllclose(wanted.latents, { atol: backbone === "dit" ? dit : 1e-5, rtol: 1e-5 });
    }
    await file.close();
    await state.dispose();
  });

  it("needs steps that are known beforehand", async () => {
    const { config, model, parameters } = await untrainedModel("sit", "memory-bank", { solver: "dopri5" });
    await expect(samplerPart({ config, model, settings: config.sampler }, parameters)).rejects.toThrow(
      /needs a solver whose steps are known beforehand, got dopri5/,
    );
  });
});
