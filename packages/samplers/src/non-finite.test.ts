import type { Tokenizer } from "@gmem/spec";
import { array, key, type NDArray, referenceEngine } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { gaussianModel } from "../test/gaussian-model.ts";
import { cfg } from "./guidance.ts";
import { heun } from "./heun.ts";
import { type SampleOptions, sample } from "./sample.ts";

const model = gaussianModel();
const draw = (options: Partial<SampleOptions> & { readonly tokenizer?: Tokenizer }) =>
  sample({
    engine: referenceEngine(),
    model,
    parameters: model.init(key(0)),
    solver: heun,
    steps: 4,
    seed: 0,
    request: { labels: [1] },
    count: 2,
    ...options,
  } as SampleOptions);
const refusal = (message: string) => ({ code: "NON_FINITE", message: expect.stringContaining(message) });
const spoiled = (values: readonly number[], value: number): NDArray<"f32"> =>
  array([...values.slice(0, -1), value], [values.length / 2, 1, 1, 2]);

describe("sampling refuses what is not finite by its name:", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])("noise and step noise with %s", async (value) => {
    const noise = spoiled([0, 1, 2, 3], value);
    await expect(draw({ noise })).rejects.toMatchObject(
      refusal(`noise must be finite; store it again, got ${value} at [1,0,0,1]`),
    );
    const stepNoise = { ...noise, shape: [1, 2, 1, 1, 2] };
    await expect(draw({ stepNoise })).rejects.toMatchObject(refusal("stepNoise must be finite"));
  });

  it("conditions", async () => {
    await expect(draw({ request: { labels: [1, Number.NaN] } })).rejects.toMatchObject(refusal("mean must be finite"));
  });

  it("parameters", async () => {
    const parameters = { base: array([Number.NaN], [1, 1]) };
    await expect(draw({ parameters })).rejects.toMatchObject(refusal("sampler: base must be finite"));
  });

  it("latents of a network that overflows, before they become pictures", async () => {
    const tokenizer: Tokenizer = {
      name: "never",
      latent: () => [1, 1, 2],
      encode: async (x) => x,
      decode: () => Promise.reject(new TypeError("decoded")),
    };
    const overflowing = draw({ guidance: cfg({ scale: 1e38 }), request: { labels: [1, 1e9] }, tokenizer });
    await expect(overflowing).rejects.toMatchObject(refusal("sample: latents must be finite"));
  });

  it("pictures, with the tokenizer's name", async () => {
    const tokenizer: Tokenizer = {
      name: "broken-vae",
      latent: () => [1, 1, 2],
      encode: async (x) => x,
      decode: async (x) => ({ ...x, data: x.data.map(() => Number.NaN) }),
    };
    await expect(draw({ tokenizer })).rejects.toMatchObject(refusal("sample: broken-vae: pictures must be finite"));
  });
});
