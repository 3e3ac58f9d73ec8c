import "@gmem/testing";
import { array, key, type NDArray, referenceEngine, takeRows } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { gaussianModel } from "../../test/gaussian-model.ts";
import { dopri5 } from "../dopri5.ts";
import { drawSamples } from "../draw-samples.ts";
import { euler } from "../euler.ts";
import { heun } from "../heun.ts";
import { plan } from "../plan.ts";
import { type SampleOptions, sample } from "../sample.ts";
import { sampler } from "../sampler.ts";
import { stepper } from "../stepper/stepper.ts";
import { beginning, type DrawStart } from "./picture-start.ts";

const model = gaussianModel([2, 2, 2]);
const parameters = model.init(key(0));
const engine = referenceEngine();
const latents = key(9).normal([1, 2, 2, 2]);
const mask = array([1, 0, 0, 0], [1, 1, 2, 2]);
const base = {
  engine,
  model,
  parameters,
  solver: heun,
  steps: 4,
  count: 3,
  seed: 7,
  batchSize: 2,
  request: { labels: [1] },
};
const drawn = async (start?: DrawStart, more: Partial<SampleOptions> = {}): Promise<NDArray<"f32">> =>
  (await sample({ ...base, ...more, ...(start && { start }) } as SampleOptions)).latents;

describe("sample from a picture", () => {
  it("gives the picture back at strength 0, and takes nothing from it at 1", async () => {
    const same = await drawn({ latents, strength: 0 });
    for (const i of [0, 1, 2]) expect(takeRows(same, [i]).data).toEqual(latents.data);
    expect((await drawn({ latents, strength: 1 })).data).toEqual((await drawn()).data);
  });

  it("goes the last part of the way, in as many of the steps, and keeps what the mask spares", async () => {
    const start = { latents, strength: 0.5, mask };
    const { latents: all, nfe } = await sample({ ...base, start } as SampleOptions);
    expect(nfe).toBe(3); // a step of Heun and one of Euler, of the last two of four
    const steps = plan(heun, model, { steps: 4, strength: 0.5 });
    const ready = await stepper({ engine, model, parameters, slots: 1 });
    for (const i of [0, 1, 2]) {
      const own = takeRows(all, [i]);
      const noise = key(7).split(i).split("noise").normal([1, 2, 2, 2]);
      const feeds = await model.conditioner.resolve(noise, base.request);
      ready.join(0, { ...beginning(model, start, { noise, i, count: 3, t: steps[0]?.t }), feeds, steps });
      let x: NDArray<"f32"> | undefined;
      while (ready.free().length < 1) for (const step of await ready.step()) x = step.x;
      expect(own).toBeAllclose(x as NDArray<"f32">, { atol: 1e-6 });
      own.data.forEach((value, at) => {
        if (at % 4 === 0) expect(value).not.toBe(latents.data[at]);
        else expect(value).toBe(latents.data[at]);
      });
    }
    await ready.dispose();
  });

  it("refuses what does not fit", async () => {
    const start = { latents, strength: 0.5 };
    await expect(drawn(start, { solver: dopri5() })).rejects.toThrow(/strength needs a solver with fixed steps/);
    await expect(drawn({ ...start, strength: 2 })).rejects.toThrow(/strength must be in 0…1/);
    await expect(drawn({ ...start, latents: key(0).normal([2, 2, 2, 2]) })).rejects.toThrow(/1 or 3 rows/);
    await expect(drawn({ ...start, mask }, { oneCall: true })).rejects.toThrow(/leave oneCall out/);
    const whole = await sampler({ ...base, solver: euler });
    await expect(drawSamples(whole, { ...base, start })).rejects.toThrow(/a sampler of its strength, 0.5, got 1/);
    await whole.dispose();
  });
});
