import "@gmem/testing";
import type { Tokenizer } from "@gmem/spec";
import { array, concatRows, isGMemError, key, type NDArray, referenceEngine, stack, takeRows } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { gaussianModel, straight } from "../test/gaussian-model.ts";
import { dopri5 } from "./dopri5.ts";
import { dpmSolver } from "./dpm-solver.ts";
import { euler } from "./euler.ts";
import { eulerMaruyama } from "./euler-maruyama.ts";
import { cfg } from "./guidance.ts";
import { heun } from "./heun.ts";
import { heunSde } from "./heun-sde.ts";
import { plan } from "./plan.ts";
import { sample } from "./sample.ts";
import { type SamplerOptions, sampler } from "./sampler.ts";

const model = gaussianModel();
const engine = referenceEngine();
const parameters = model.init(key(0));
const noise = key(1).normal([3, 1, 1, 2]);
const feeds = { mean: array([2, -1, 0], [3, 1]) };
const base = { engine, model, parameters, batchSize: 3 } as const;
const run = async (options: Partial<SamplerOptions> & Pick<SamplerOptions, "solver" | "steps">) => {
  const ready = await sampler({ ...base, ...options } as SamplerOptions);
  const stepNoise = (step: number) => key(9).split(step).normal([3, 1, 1, 2]);
  const result = await ready.run({ noise, feeds, stepNoise });
  await ready.dispose();
  return result;
};

describe("sampler", () => {
  it("arrives at the data for every sample's own condition", async () => {
    const { latents, nfe, forwards } = await run({ solver: heun, steps: 40 });
    const exact = noise.data.map((z, i) => (feeds.mean.data[i >> 1] as number) + 0.5 * z);
    expect(latents).toBeAllclose(exact, { atol: 2e-3 });
    expect([nfe, forwards]).toEqual([79, 79]);
  });

  it("gives every state on the way, at its time", async () => {
    const ready = await sampler({ ...base, solver: euler, steps: 4 });
    const seen: [number, number, number][] = [];
    for await (const { index, t, nfe, x } of ready.steps({ noise, feeds })) {
      seen.push([index, t, nfe]);
      expect((await x()).shape).toEqual([3, 1, 1, 2]);
    }
    expect(seen).toEqual([
      [1, 0.75, 1],
      [2, 0.5, 2],
      [3, 0.25, 3],
      [4, 0, 4],
    ]);
  });

  it("is the same whether x lives in the state, travels, or all steps are one call", async () => {
    const state = await engine.state(parameters);
    for (const [solver, steps] of [
      [heun, 5],
      [dpmSolver({ interpolant: straight }), 6],
      [heunSde({ interpolant: straight }), 6],
    ] as const) {
      const resident = await run({ solver, steps });
      const travelling = await run({ solver, steps, parameters: undefined, state } as never);
      const joined = await run({ solver, steps, oneCall: true });
      expect(travelling).toEqual(resident);
      expect(joined).toEqual(resident);
    }
  });

  it("begins a multistep solver anew with every batch, at t = 0.999, with one evaluation a step", async () => {
    const ready = await sampler({ ...base, solver: dpmSolver({ interpolant: straight }), steps: 12 });
    const first = await ready.run({ noise, feeds });
    await ready.run({ noise: key(2).normal([3, 1, 1, 2]), feeds });
    expect(await ready.run({ noise, feeds })).toEqual(first);
    expect(first.nfe).toBe(12);
    const exact = noise.data.map((z, i) => (feeds.mean.data[i >> 1] as number) + 0.5 * z);
    expect(first.latents).toBeAllclose(exact, { atol: 0.02 });
    await ready.dispose();
    expect(plan(dpmSolver({ interpolant: straight }), model, { steps: 2 }).map(({ t }) => t)).toEqual([0.999, 0.4995]);
  });

  it("counts a network call twice where it is guided, and not at all outside the interval", async () => {
    const counts = async (guidance: ReturnType<typeof cfg>) =>
      (await run({ solver: euler, steps: 10, guidance })).forwards;
    expect(await counts(cfg({ scale: 2 }))).toBe(20);
    // times 1, 0.9, … 0.1: 0.7 to 0.3 are guided
    expect(await counts(cfg({ scale: 2, interval: [0.3, 0.7] }))).toBe(15);
    const outside = await run({ solver: heun, steps: 10, guidance: cfg({ scale: 2, interval: [0.95, 0.96] }) });
    expect(outside).toEqual(await run({ solver: heun, steps: 10 }));
  });

  it("with scale 1 is the unguided sampler, bit for bit", async () => {
    expect(await run({ solver: heun, steps: 6, guidance: cfg({ scale: 1 }) })).toEqual(
      await run({ solver: heun, steps: 6 }),
    );
  });

  it("guides away from the null condition, on the channels asked for", async () => {
    const deep = gaussianModel([2, 1, 1]);
    const z = array(noise.data, [3, 2, 1, 1]);
    const of = async (options: { channels?: number } | undefined): Promise<NDArray> => {
      const guidance = options && cfg({ scale: 3, ...options });
      const ready = await sampler({ ...base, model: deep, solver: heun, steps: 8, guidance });
      return (await ready.run({ noise: z, feeds })).latents;
    };
    const [plain, all, first] = [await of(undefined), await of({}), await of({ channels: 1 })];
    expect(all.data[0]).toBeGreaterThan((plain.data[0] as number) + 1); // 2 away from the null's 0.5
    expect(first.data[0]).toBeAllclose(all.data[0] as number);
    expect(first.data[1]).toBeAllclose(plain.data[1] as number);
  });

  it("guides all channels where a network has no more of them than are asked for", async () => {
    const colours = gaussianModel([3, 1, 1]);
    const z = key(5).normal([3, 3, 1, 1]);
    const of = async (channels: { channels?: number }): Promise<NDArray> => {
      const ready = await sampler({
        ...base,
        model: colours,
        solver: heun,
        steps: 4,
        guidance: cfg({ scale: 3, ...channels }),
      });
      return (await ready.run({ noise: z, feeds })).latents;
    };
    const all = await of({});
    expect(all.shape).toEqual([3, 3, 1, 1]);
    for (const channels of [3, 4]) expect(await of({ channels })).toEqual(all);
  });

  it("refuses what does not fit", async () => {
    await expect(run({ solver: euler, steps: 0 })).rejects.toThrow(/steps must be a positive integer/);
    await expect(run({ solver: euler, steps: 4, lastStep: "mean" })).rejects.toThrow(/only stochastic solvers/);
    const other = { ...straight, name: "vp" };
    await expect(run({ solver: eulerMaruyama({ interpolant: other }), steps: 4 })).rejects.toThrow(
      /share the interpolant/,
    );
    const ready = await sampler({ ...base, solver: eulerMaruyama({ interpolant: straight }), steps: 4 });
    await expect(ready.run({ noise, feeds })).rejects.toThrow(/no stepNoise/);
  });

  it("refuses a second run while x of the first is in the state", async () => {
    const ready = await sampler({ ...base, solver: euler, steps: 2 });
    const first = ready.steps({ noise, feeds })[Symbol.asyncIterator]();
    await first.next();
    await expect(ready.run({ noise, feeds })).rejects.toThrow(/one run at a time/);
    await first.return?.();
    await expect(ready.run({ noise, feeds })).resolves.toBeDefined();
  });
});

describe("dopri5", () => {
  it("is as exact as asked and counts what it spent", async () => {
    const exact = noise.data.map((z, i) => (feeds.mean.data[i >> 1] as number) + 0.5 * z);
    for (const norm of ["batch", "sample"] as const) {
      const { latents, nfe } = await run({ solver: dopri5({ rtol: 1e-6, atol: 1e-8, norm }), steps: 1 });
      expect(latents).toBeAllclose(exact, { atol: 2e-5 });
      expect(nfe).toBeGreaterThan(30);
    }
  });

  it("with a norm for each sample does not depend on the batch", async () => {
    const solver = dopri5({ norm: "sample" });
    const { latents } = await run({ solver, steps: 1 });
    const alone = await sampler({ ...base, batchSize: 1, solver, steps: 1 });
    const one = await alone.run({ noise: takeRows(noise, [1]), feeds: { mean: takeRows(feeds.mean, [1]) } });
    expect(one.latents.data).toEqual(takeRows(latents, [1]).data);
  });
});

describe("sample", () => {
  const options = { engine, model, parameters, request: { labels: [2] }, seed: 5 } as const;

  it.each([
    ["an ODE", heun],
    ["an SDE", eulerMaruyama({ interpolant: straight })],
  ])("gives a seed the same pixels alone and in any batch, with %s", async (_, solver) => {
    const together = await sample({ ...options, solver, steps: 5, count: 7, batchSize: 4 });
    expect(together.latents.shape).toEqual([7, 1, 1, 2]);
    for (const id of [0, 3, 6]) {
      const alone = await sample({ ...options, solver, steps: 5, count: 1, batchSize: 4, firstId: id });
      expect(alone.latents.data).toEqual(takeRows(together.latents, [id]).data);
    }
    const smaller = await sample({ ...options, solver, steps: 5, count: 7, batchSize: 1 });
    expect(smaller.latents).toBeAllclose(together.latents, { atol: 1e-5 });
  });

  it("repeats stored noise, of the start and of every step", async () => {
    const solver = eulerMaruyama({ interpolant: straight });
    const own = { ...options, solver, steps: 4, count: 3, batchSize: 2, request: { labels: [0, 1, 2] } };
    const drawn = await sample(own);
    const draw = (of: (id: number) => NDArray<"f32">) => concatRows([0, 1, 2].map(of));
    const stored = draw((id) => key(own.seed).split(id).split("noise").normal([1, 1, 1, 2]));
    const steps = [0, 1, 2].map((step) =>
      draw((id) => key(own.seed).split(id).split("step").split(step).normal([1, 1, 1, 2])),
    );
    const stepNoise = stack(steps);
    const again = await sample({ ...own, seed: 99, noise: stored, stepNoise });
    expect(again.latents.data).toEqual(drawn.latents.data);
    await expect(sample({ ...own, noise: stepNoise })).rejects.toThrow(/noise must be \[3,1,1,2\]/);
    await expect(sample({ ...own, stepNoise: { ...stepNoise, shape: [3, 3, 1, 2, 1] } })).rejects.toThrow(/stepNoise/);
    const short = { ...stepNoise, shape: [1, 3, 1, 1, 2], data: stepNoise.data.slice(0, 6) };
    await expect(sample({ ...own, stepNoise: short })).rejects.toThrow(/a row for each step, got 1 for step 2/);
  });

  it("decodes what it drew and reports progress", async () => {
    const tokenizer: Tokenizer = {
      name: "double",
      latent: () => [1, 1, 2] as const,
      encode: async (x: NDArray<"f32">) => x,
      decode: async (x: NDArray<"f32">) => ({ ...x, data: x.data.map((value) => 2 * value) }),
    };
    const seen: number[] = [];
    const { images, latents } = await sample({
      ...options,
      tokenizer,
      solver: euler,
      steps: 2,
      count: 3,
      batchSize: 2,
      onProgress: ({ samples, step }) => seen.push(10 * samples + step),
    });
    expect(images.data).toEqual(latents.data.map((value) => 2 * value));
    expect(seen).toEqual([1, 2, 21, 22]);
  });

  it("stops when its signal fires", async () => {
    const controller = new AbortController();
    const stopped = sample({
      ...options,
      solver: euler,
      steps: 50,
      count: 2,
      signal: controller.signal,
      onProgress: ({ step }) => step === 2 && controller.abort(),
    });
    await expect(stopped.catch((error: unknown) => isGMemError(error, "ABORTED"))).resolves.toBe(true);
  });
});
