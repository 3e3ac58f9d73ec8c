import {
  array,
  cast,
  concat,
  evaluate,
  grad,
  key,
  maximum,
  minimum,
  type NDArray,
  referenceEngine,
  sum,
  type Tensor,
  trace,
} from "@gmem/tensor";
import "@gmem/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussianModel } from "../../test/gaussian-model.ts";
import {
  ancestral,
  type DdpmMethod,
  ddim,
  ddpm,
  ddpmLoss,
  ddpmSampler,
  guidedDenoiser,
  noiseSchedule,
  respace,
  type Sampler,
} from "../index.ts";
import { tableAt } from "./ddpm.ts";

const full = ddpm().alphaBar;

/** E[ε | x_k] of data N(c, 0.5²), and the variance at the upper end of its range. */
function perfect(x: Tensor, step: Tensor, c: Tensor) {
  const k = minimum(maximum(cast(step, "i32"), 0), full.length - 1);
  const slope = tableAt(
    full.map((a) => Math.sqrt(1 - a) / (0.25 * a + 1 - a)),
    k,
  );
  const mean = c.reshape([-1, 1, 1, 1]).mul(tableAt(full.map(Math.sqrt), k)); // √ᾱ c
  return { output: x.sub(mean).mul(slope), variance: x.mul(0).add(1) };
}

const ready = (
  batchSize: number,
  method: DdpmMethod,
  { steps = 50, guidance }: { steps?: number; guidance?: { scale: number } } = {},
): Promise<Sampler> =>
  ddpmSampler({
    engine: referenceEngine(),
    model: gaussianModel(),
    parameters: { base: array([0.5], [1, 1]) },
    denoise: (_, x, step, c) => perfect(x, step, c),
    process: ddpm({ respacing: steps }),
    method,
    batchSize,
    ...(guidance ? { guidance } : {}),
  });

const around = (n: number, mean: number) => ({ mean: array(new Float32Array(n).fill(mean), [n, 1]) });

describe("schedules and respacing", () => {
  it("end at about the same noise for any K", () => {
    for (const steps of [200, 1000, 4000]) {
      const { alphaBar } = ddpm({ steps });
      expect(alphaBar.at(-1)).toBeLessThan(6e-5);
      expect(alphaBar.at(-1)).toBeGreaterThan(2e-5);
    }
    expect(noiseSchedule("linear", 1000)[999]).toBeCloseTo(0.02, 12);
    expect(Math.max(...noiseSchedule("squaredcos_cap_v2", 1000))).toBe(0.999);
  });

  it("keeps ᾱ of the steps that are kept", () => {
    const { original, alphaBar } = ddpm({ respacing: "10,20,30" });
    expect(original).toHaveLength(60);
    for (const [i, k] of original.entries()) expect(alphaBar[i]).toBeCloseTo(full[k] as number, 12);
  });

  it("takes ascending steps from first to last, as many as asked", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1000 }), fc.integer({ min: 2, max: 1000 }), (a, b) => {
        const [count, steps] = [Math.min(a, b), Math.max(a, b)];
        const kept = respace(count, steps);
        expect([kept.length, kept[0], kept.at(-1)]).toEqual([count, 0, steps - 1]);
        expect(kept.every((k, i) => i === 0 || k > (kept[i - 1] as number))).toBe(true);
      }),
    );
    expect(respace("ddim10", 1000).at(-1)).toBe(900);
  });

  it("refuses what does not fit, and says why", () => {
    expect(() => respace("ddim300", 1000)).toThrow(/no integer stride/);
    expect(() => respace("600,10", 1000)).toThrow(/has only 500/);
    expect(() => respace("many", 1000)).toThrow(/write counts as/);
    expect(() => ddpm({ respacing: 1 })).toThrow(/at least two/);
    expect(() => noiseSchedule("linear", 0)).toThrow(/positive integer/);
  });
});

describe("sampling with a perfect network", () => {
  it("by DDIM maps noise to data in order: z → 2 + z/2", async () => {
    const sampler = await ready(2, ddim(), { steps: 250 });
    const noise = array([-2, -1, 0.5, 2], [2, 1, 1, 2]);
    const { latents, nfe, forwards } = await sampler.run({ noise, feeds: around(2, 2) });
    expect([nfe, forwards]).toEqual([250, 250]);
    expect(latents).toBeAllclose(array([1, 1.5, 2.25, 3], [2, 1, 1, 2]), { atol: 0.02 });
    await sampler.dispose();
  });

  it.each([
    ["ancestral", ancestral()],
    ["DDIM with η = 0.6", ddim({ eta: 0.6 })],
  ])("by %s gives mean and spread of the data", async (_, method) => {
    const n = 500;
    const sampler = await ready(n, method);
    const draw = (step: number): NDArray<"f32"> => key(3).split(step).normal([n, 1, 1, 2]);
    const { latents } = await sampler.run({ noise: draw(1000), feeds: around(n, 2), stepNoise: draw });
    const values = Array.from(latents.data);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const spread = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    expect(mean).toBeGreaterThan(1.93);
    expect(mean).toBeLessThan(2.07);
    expect(spread).toBeGreaterThan(0.44);
    expect(spread).toBeLessThan(0.56);
    await sampler.dispose();
  });

  it("guided by 2 goes past the condition: 0.5 + 2(2 − 0.5)", async () => {
    const sampler = await ready(1, ddim(), { guidance: { scale: 2 } });
    const noise = array([0, 0], [1, 1, 1, 2]);
    const { latents, forwards } = await sampler.run({ noise, feeds: around(1, 2) });
    expect(forwards).toBe(100);
    expect(latents).toBeAllclose(array([3.5, 3.5], [1, 1, 1, 2]), { atol: 0.06 });
    await sampler.dispose();
  });

  it("asks for the noise that a method needs, and stops when told", async () => {
    const sampler = await ready(1, ancestral());
    const noise = array([0, 0], [1, 1, 1, 2]);
    await expect(sampler.run({ noise, feeds: around(1, 2) })).rejects.toThrow(/no stepNoise/);
    const signal = AbortSignal.abort();
    await expect(sampler.run({ noise, feeds: around(1, 2), signal })).rejects.toMatchObject({ code: "ABORTED" });
    await sampler.dispose();
    await expect(ready(0, ancestral())).rejects.toThrow(/positive integer/);
  });
});

describe("the loss", () => {
  const feeds = {
    x0: key(1).normal([2, 1, 2, 2]),
    eps: key(2).normal([2, 1, 2, 2]),
    k: array(Int32Array.of(0, 500), [2], "i32"),
    found: key(4).normal([2, 1, 2, 2]),
  };

  it("trains the noise by the squared error alone, and the variance by the bound alone", () => {
    const graph = trace({ feeds: { ...feeds, o: feeds.found } }, ({ feeds: { x0, eps, k, found, o } }) => {
      const { loss, mse, vb } = ddpmLoss(ddpm(), () => ({ output: found, variance: o }), { x0, eps, k });
      const of = (y: Tensor, x: Tensor): Tensor => grad(sum(y), { x }).x;
      return { fetches: { all: of(loss, found), error: of(mse ?? loss, found), bound: of(vb ?? loss, o) } };
    });
    const { all, error, bound } = evaluate(graph, { ...feeds, o: feeds.found }).fetches as Record<string, NDArray>;
    expect(all).toBeAllclose(error as NDArray);
    expect(bound?.data.every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
  });

  it("asks for a variance where that is learned", () => {
    expect(() =>
      trace({ feeds }, ({ feeds: { x0, eps, k, found } }) => ({
        fetches: ddpmLoss(ddpm(), () => ({ output: found }), { x0, eps, k }) as { loss: Tensor },
      })),
    ).toThrow(/needs a network that predicts variance/);
  });
});

describe("guidance of a denoiser", () => {
  it("moves the first channels only, and leaves the variance to the condition", () => {
    const feeds = { x: key(1).normal([1, 4, 1, 1]), step: array([3]), c: array([1], [1, 1]), none: array([0], [1, 1]) };
    const graph = trace({ feeds }, ({ feeds: { x, step, c, none } }) => {
      const denoise = (at: Tensor, _: Tensor, given: Tensor) => {
        const y = at.mul(0).add(given.reshape([-1, 1, 1, 1]));
        return { output: y, variance: y };
      };
      const guided = guidedDenoiser(denoise, { given: c, missing: none, scale: 4, channels: 3 })(x, step);
      return { fetches: { y: guided.output, variance: guided.variance ?? x } };
    });
    const { y, variance } = evaluate(graph, feeds).fetches as Record<"y" | "variance", NDArray>;
    expect(Array.from(y.data)).toEqual([4, 4, 4, 1]);
    expect(Array.from(variance.data)).toEqual([1, 1, 1, 1]);
  });

  it.each([
    ["three channels", 3, [4, 4, 4]],
    ["one channel", 1, [4]],
  ])("moves all of %s", (_, count, expected) => {
    const feeds = {
      x: key(1).normal([1, count, 1, 1]),
      step: array([3]),
      c: array([1], [1, 1]),
      none: array([0], [1, 1]),
    };
    const graph = trace({ feeds }, ({ feeds: { x, step, c, none } }) => {
      const denoise = (at: Tensor, _: Tensor, given: Tensor) => {
        const y = at.mul(0).add(given.reshape([-1, 1, 1, 1]));
        return { output: y, variance: y };
      };
      const guided = guidedDenoiser(denoise, { given: c, missing: none, scale: 4, channels: 3 })(x, step);
      return { fetches: { y: guided.output, variance: guided.variance ?? x } };
    });
    const { y, variance } = evaluate(graph, feeds).fetches as Record<"y" | "variance", NDArray>;
    expect(Array.from(y.data)).toEqual(expected);
    expect(Array.from(variance.data)).toEqual(expected.map(() => 1));
  });

  it("takes channels of the output where that has more than the input: a variance that the first channels reach into", () => {
    const feeds = { x: key(1).normal([1, 2, 1, 1]), step: array([3]), c: array([1], [1, 1]), none: array([0], [1, 1]) };
    const graph = trace({ feeds }, ({ feeds: { x, step, c, none } }) => {
      const denoise = (at: Tensor, _: Tensor, given: Tensor) => ({
        output: concat([at, at], 1)
          .mul(0)
          .add(given.reshape([-1, 1, 1, 1])), // [N,2C,1,1]
      });
      const { output } = guidedDenoiser(denoise, { given: c, missing: none, scale: 4, channels: 3 })(x, step);
      return { fetches: { output } };
    });
    expect(Array.from(evaluate(graph, feeds).fetches.output?.data ?? [])).toEqual([4, 4, 4, 1]);
  });
});
