import "@gmem/testing";
import { sit } from "@gmem/backbones/sit";
import { onnxEngine } from "@gmem/engine-onnx";
import { build, conditioner } from "@gmem/memory-bank";
import { linearInterpolant, velocityModel } from "@gmem/model";
import { heun, heunSde, sample } from "@gmem/samplers";
import type { Solver } from "@gmem/spec";
import { type Engine, key } from "@gmem/tensor";
import { type KlVaeConfig, klVaeInit, klVaeTokenizer } from "@gmem/tokenizers/kl-vae";
import { describe, expect, it } from "vitest";

const vae: KlVaeConfig = {
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  attentionLevels: [1],
  zChannels: 4,
  latentChannels: 4,
};

const statistics = { mean: [0], std: [1] };

/** Three pictures of 16 × 16, drawn and decoded on an engine. */
async function pictures(engine: Engine, solver: Solver, oneCall = false) {
  const bank = build(key(1).normal([16, 8]));
  const backbone = sit({ latent: [4, 8, 8], patchSize: 2, depth: 2, hiddenSize: 32, heads: 2, adaLNInit: "xavier" });
  const model = velocityModel({ backbone, conditioner: conditioner({ bank }) });
  const parts = { engine, model, parameters: model.init(key(2)), solver, oneCall };
  const tokenizer = klVaeTokenizer("kl-vae", vae, { engine, weights: klVaeInit(vae, key(3)), statistics });
  const { images } = await sample({ ...parts, tokenizer, request: undefined, count: 3, steps: 4, seed: 5 });
  return images;
}

describe("drawing and decoding", async () => {
  const gpu = await onnxEngine({ device: "webgpu" }).catch((error: Error) => error.message);
  if (typeof gpu === "string") {
    it.skip(`on WebGPU (skipped: ${gpu})`, () => {});
    return;
  }
  it("on WebGPU gives the pictures of the CPU, call by call and in one", async () => {
    const cpu = await onnxEngine();
    for (const solver of [heun, heunSde({ interpolant: linearInterpolant })]) {
      const expected = await pictures(cpu, solver);
      expect(Math.max(...expected.data) - Math.min(...expected.data)).toBeGreaterThan(0.1); // no even grey
      for (const oneCall of [false, true])
        expect(await pictures(gpu, solver, oneCall)).toBeAllclose(expected, { atol: 1e-3, rtol: 0 });
    }
    await Promise.all([cpu.dispose(), gpu.dispose()]);
  }, 300_000);
});
