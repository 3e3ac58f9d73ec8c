import { dit } from "@gmem/backbones/dit";
import { lightningDit } from "@gmem/backbones/lightning-dit";
import { sit } from "@gmem/backbones/sit";
import { conditioner as classTable } from "@gmem/class-table";
import { trainingSet } from "@gmem/datasets";
import { onnxEngine, openOnnx } from "@gmem/engine-onnx";
import { append, build, interpolate, conditioner as memoryBank } from "@gmem/memory-bank";
import { objective, velocityModel } from "@gmem/model";
import { cfg, heun, sample } from "@gmem/samplers";
import { key, referenceEngine, zeros } from "@gmem/tensor";
import { train } from "@gmem/trainer";
import { conditioner as unconditional } from "@gmem/unconditional";
import { describe, expect, it } from "vitest";

const sizes = { latent: [3, 8, 8], patchSize: 4, depth: 1, hiddenSize: 16, heads: 2 } as const;
const engine = referenceEngine();
const bank = build(key(0).normal([5, 8]));
const latents = zeros([4, 3, 8, 8]);
const modelOf = (conditioner: Parameters<typeof velocityModel>[0]["conditioner"]) =>
  velocityModel({ backbone: sit(sizes), conditioner });
const model = modelOf(memoryBank({ bank }));
const training = { engine, model, objective: objective(), data: trainingSet({ latents }), steps: 1, batchSize: 2 };
const drawing = (of = model) => ({
  engine,
  model: of,
  parameters: of.init(key(0)),
  solver: heun,
  steps: 1,
  count: 1,
  seed: 0,
});
const request = { rows: [0] };

/** Code without types. */
// biome-ignore lint/suspicious/noExplicitAny: what is tested is what types refuse
const wrong = (value: unknown): any => value;

describe("a misspelt or forgotten option is a typed error", () => {
  it.each<[name: string, code: string, message: RegExp, make: () => unknown]>([
    // @ts-expect-error: types refuse it as well
    ["device", "CONFIG", /device must be one of .*, got "cdua"/, () => onnxEngine({ device: "cdua" })],
    // @ts-expect-error
    ["engine option", "CONFIG", /"device"\?/, () => onnxEngine({ devise: "cpu" })],
    // @ts-expect-error
    ["device of a file", "CONFIG", /device must be one of/, () => openOnnx("x.onnx", { device: "gpu" })],
    // @ts-expect-error
    ["size", "CONFIG", /sit: takes .* got "dpeth"\. Did you mean "depth"\?/, () => sit({ ...sizes, dpeth: 3 })],
    ["depth 0", "CONFIG", /sit: depth must be a whole number from 1, got 0/, () => sit({ ...sizes, depth: 0 })],
    ["depth 1.5", "CONFIG", /depth must be a whole number/, () => lightningDit({ ...sizes, depth: 1.5 })],
    ["depth by text", "CONFIG", /depth must be .* got "2"/, () => dit({ ...sizes, depth: wrong("2") })],
    ["latent", "SHAPE", /latent must be \[C,H,W\]/, () => sit({ ...sizes, latent: wrong([3, 8]) })],
    ["no options", "CONFIG", /lightningDit: takes options/, () => lightningDit(wrong(undefined))],
    ["no sizes", "CONFIG", /dit: needs latent, patchSize/, () => dit(wrong({}))],
    ["bank", "CONFIG", /got "bnak"\. Did you mean "bank"\?/, () => memoryBank(wrong({ bnak: bank }))],
    ["no bank", "CONFIG", /memory-bank conditioner: takes options/, () => memoryBank(wrong(undefined))],
    // @ts-expect-error
    ["drop", "CONFIG", /"dropProbability"\?/, () => classTable({ classes: 2, hiddenSize: 16, dropProbabilty: 0 })],
    ["no width", "CONFIG", /unconditional conditioner: takes options/, () => unconditional(wrong(undefined))],
    ["no parts", "CONFIG", /velocityModel: needs backbone, conditioner/, () => velocityModel(wrong({}))],
    // @ts-expect-error
    ["weight", "CONFIG", /"weight"\?/, () => objective({ wieght: "none" })],
    // @ts-expect-error
    ["step", "CONFIG", /train: takes .*"step"/, () => train({ ...training, step: 3 })],
    ["no objective", "CONFIG", /train: needs objective/, () => train({ ...training, objective: wrong(undefined) })],
    ["no latents", "CONFIG", /trainingSet: needs \{ latents \}/, () => trainingSet(wrong({}))],
    ["features", "DTYPE", /build: features: must be an array/, () => build(wrong({ snippets: latents }))],
    // @ts-expect-error
    ["encoder", "CONFIG", /append: takes labels, sources/, () => append(bank, zeros([1, 8]), { encoderId: "other" })],
    ["snippets", "DTYPE", /interpolate: the first: must be/, () => interpolate(wrong(bank), wrong({}), wrong({}))],
    ["guidance", "CONFIG", /cfg: takes scale/, () => cfg(wrong({ scal: 2 }))],
    ["count", "CONFIG", /"count"\?/, () => sample(wrong({ ...drawing(), cuont: 1, request }))],
    [
      "solver",
      "CONFIG",
      /solver must be .* got "heun"/,
      () => sample({ ...drawing(), request, solver: wrong("heun") }),
    ],
  ])("%s", async (_, code, message, make) => {
    const error: unknown = await Promise.resolve()
      .then(make)
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    [{ row: [1] }, /must have one of "rows", "snippets", "interpolate", got "row"/],
    [{ rows: 3 }, /rows: must be an array/],
    [{ rows: [5] }, /must be a row number 0…4, got 5/],
    [3, /request: must be an object/],
  ])("request %j of a bank", async (given, message) => {
    const drawn = sample({ ...drawing(), request: given });
    await expect(drawn).rejects.toMatchObject({ code: "INVALID_REQUEST", message: expect.stringMatching(message) });
  });

  it("requests of a class table and of neither", async () => {
    const table = drawing(modelOf(classTable({ classes: 2, hiddenSize: 16 })));
    for (const given of [{ lable: 1 }, { label: 9 }, { label: "x" }])
      await expect(sample({ ...table, request: given })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    const plain = drawing(modelOf(unconditional({ hiddenSize: 16 })));
    await expect(sample({ ...plain, request: { label: 1 } })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  });
});
