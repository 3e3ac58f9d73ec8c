import "@gmem/testing";
import { sit } from "@gmem/backbones/sit";
import { onnxEngine } from "@gmem/engine-onnx";
import { build, conditioner } from "@gmem/memory-bank";
import { velocityModel } from "@gmem/model";
import type { VelocityModel } from "@gmem/spec";
import { type DeviceState, type Engine, key, type NDArray } from "@gmem/tensor";
import { pixels } from "@gmem/tokenizers/pixels";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkConfig } from "../config/load.ts";
import { type RunSamplers, runSamplers } from "./run-sampler.ts";

let engine: Engine;
let model: VelocityModel;
let state: DeviceState;
const size = 8;

beforeAll(async () => {
  engine = await onnxEngine();
  const bank = build(key(1).normal([40, 12]));
  // not zero-initialised: the network must do something
  const backbone = sit({
    latent: [3, size, size],
    patchSize: 2,
    depth: 2,
    hiddenSize: 32,
    heads: 4,
    adaLNInit: "xavier",
  });
  model = velocityModel({ backbone, conditioner: conditioner({ bank }), adapter: { kind: "linear", gain: 4 } });
  state = await engine.state(model.init(key(2)));
  ({ sampler } = runSamplers({ config, engine, model, state, tokenizer: async () => pixels({ size }) }));
});
afterAll(() => engine.dispose());

const settings = {
  steps: 6,
  shift: 1,
  cfg: 1,
  lastStepSize: null,
  cfgInterval: [0, 1] as [number, number],
  cfgChannels: null,
  diffusion: "sigma" as const,
};
const { backbone, objective } = checkConfig(
  {
    name: "x",
    data: "scenes",
    steps: 1,
    batch: 1,
    image: { size: 8 },
    backbone: { patchSize: 2, depth: 2, hiddenSize: 32, heads: 4 },
  },
  "test",
);
const config = { backbone, objective };
let sampler: RunSamplers["sampler"];
const pictures = async (solver: "heun" | "euler-maruyama", batchSize: number, count = 16): Promise<NDArray<"f32">> =>
  (await (await sampler({ ...settings, solver }, { batchSize })).draw({ request: undefined, count, seed: 5 })).images;

describe("pictures of a seed on onnxruntime", () => {
  it("come from a sampler that is compiled once for its settings and batch size", async () => {
    const compile = vi.spyOn(engine, "compile");
    const chosen = { ...settings, solver: "euler" as const };
    const first = await (await sampler(chosen, { batchSize: 2 })).draw({ request: undefined, count: 2, seed: 1 });
    const calls = compile.mock.calls.length;
    expect(calls).toBeGreaterThan(0);
    const again = await (await sampler({ ...chosen }, { batchSize: 2 })).draw({
      request: undefined,
      count: 2,
      seed: 1,
    });
    expect(compile.mock.calls.length).toBe(calls);
    expect(again.images).toEqual(first.images);
    await sampler(chosen, { batchSize: 3 });
    expect(compile.mock.calls.length).toBeGreaterThan(calls);
    compile.mockRestore();
  });

  it.each(["heun", "euler-maruyama"] as const)("are bit-equal alone and among 16 others, %s", async (solver) => {
    const together = await pictures(solver, 16);
    const alone = await pictures(solver, 16, 1); // the same executable, padded
    expect(Buffer.from(alone.data.buffer)).toEqual(Buffer.from(together.data.slice(0, alone.data.length).buffer));
  });

  it.each(["heun", "euler-maruyama"] as const)("do not depend on the batch size 1, 4 or 16, %s", async (solver) => {
    const sixteen = await pictures(solver, 16);
    expect(await pictures(solver, 4)).toBeAllclose(sixteen, { atol: 1e-5 });
    expect(await pictures(solver, 1)).toBeAllclose(sixteen, { atol: 1e-5 });
  });

  it("differ from sample to sample", async () => {
    const { data } = await pictures("heun", 4, 2);
    expect(Array.from(data.slice(0, 20))).not.toEqual(Array.from(data.slice(192, 212)));
  });
});
