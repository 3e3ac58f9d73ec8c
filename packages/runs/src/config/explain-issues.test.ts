import { describe, expect, it } from "vitest";
import { checkConfig } from "./load.ts";
import { applyOverrides } from "./overrides.ts";

const whole = {
  name: "x",
  data: "scenes",
  steps: 1,
  batch: 1,
  image: { size: 8 },
  backbone: { kind: "sit", patchSize: 2, depth: 1, hiddenSize: 8, heads: 1 },
};

describe("a value that is wrong is told with its key, what is allowed, what was got, and the nearest word", () => {
  it.each([
    ["steps=1e9x", 'steps: must be a whole number ≥ 1, got "1e9x"'],
    ["steps=1.5", "steps: must be a whole number ≥ 1, got 1.5"],
    ["steps=0", "steps: must be a whole number ≥ 1, got 0"],
    ["steps=.inf", "steps: must be a whole number ≥ 1, got Infinity"],
    ["steps=", "steps: must be a whole number ≥ 1, got null"],
    ["seed=-1", "seed: must be a whole number ≥ 0, got -1"],
    ["optimizer.lr=0", "optimizer.lr: must be a number > 0, got 0"],
    ["ema.decay=2", "ema.decay: must be a number ≥ 0 and ≤ 1, got 2"],
    ["optimizer.betas=[0.9, 2]", "optimizer.betas.1: must be a number ≤ 1, got 2"],
    ["optimizer.betas=[1]", "optimizer.betas: must be a list of 2, got [1]"],
    ["encoder.whiten=-1", "encoder.whiten: must be a number ≥ 0, got -1"],
    ["encoder.pooling=4", "encoder.pooling: must be 2 or 3, got 4"],
    ["image.heldOut=few", 'image.heldOut: must be a number > 0, got "few"'],
    ["image.flip=maybe", 'image.flip: must be true or false, got "maybe"'],
    ["image.background=red", 'image.background: must be a colour such as #ffffff, got "red"'],
    ["image=5", "image: must be a record of keys, got 5"],
    ["name=my run", "name: must be letters, digits, '.', '_' and '-', got \"my run\""],
    ["engine.device=cdua", 'engine.device: must be cpu, webgpu or cuda, got "cdua". Did you mean "cuda"?'],
    [
      "backbone.kind=sitt",
      'backbone.kind: must be sit, lightning-dit, dit, sana or module, got "sitt". Did you mean "sit"?',
    ],
    [
      "sampler.solver=huen",
      'sampler.solver: must be euler, heun, dpm-solver++, euler-maruyama, heun-sde, dopri5, ancestral or ddim, or a record of keys, got "huen". Did you mean "heun"?',
    ],
    ["sampler.solver={kind: module}", "sampler.solver.package: must be given, got none; give sampler.solver.package=…"],
    ["data=5", "data: must be text, or a record of keys, got 5"],
    ["objective.repa={}", "objective.repa.depth: must be given, got none; give objective.repa.depth=…: The block"],
  ])("%s", (setting, message) => {
    expect(() => checkConfig(applyOverrides(whole, [setting]), "mine")).toThrow(`mine: ${message}`);
  });

  it("a key that is missing says what it means, pictures first", () => {
    const { data: _, ...without } = whole;
    expect(() => checkConfig(without, "cifar-nano")).toThrow(
      /^cifar-nano: data: must be given, got none; give data=FOLDER: "scenes", "drawings" or .*, a folder of images/,
    );
  });
});
