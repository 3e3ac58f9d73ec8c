import "@gmem/testing";
import type { VelocityModel } from "@gmem/spec";
import {
  array,
  evaluate,
  f32,
  i32,
  key,
  mean,
  type Named,
  type NDArray,
  type Tensor,
  trace,
  zeros,
} from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { gaussianModel } from "../../test/gaussian-model.ts";
import { ddpm, ddpmLoss, ddpmObjective } from "../index.ts";
import { noised } from "./posterior.ts";

const model: VelocityModel = gaussianModel([2, 2, 2]);
const process = ddpm({ steps: 50 });
const denoise = (_: unknown, x: Tensor, step: Tensor, c: Tensor) => ({
  output: x
    .mul(0.5)
    .add(step.mul(0.01).reshape([-1, 1, 1, 1]))
    .add(c.reshape([-1, 1, 1, 1])),
  variance: x.mul(0.1),
});
const base = {
  options: { name: "base" },
  feeds: (_: VelocityModel, n: number) => ({ x0: f32(n, 2, 2, 2), eps: f32(n, 2, 2, 2), t: f32(n) }),
  draw: (_: VelocityModel, { latents = zeros([0]) }: { latents?: NDArray<"f32"> }, rng: ReturnType<typeof key>) => ({
    x0: latents,
    eps: rng.normal(latents.shape),
    t: rng.split("t").uniform([latents.shape[0] as number]),
  }),
};
const target = ddpmObjective(base, { process, denoise });

describe("the objective of a discrete process", () => {
  it("is ddpmLoss at the drawn steps, under the model's condition", async () => {
    const latents = key(1).normal([3, 2, 2, 2]);
    const drawn = target.draw(model, { index: Int32Array.of(0, 1, 2), latents }, key(2));
    expect(Object.keys(drawn).sort()).toEqual(["eps", "k", "x0"]);
    expect(target.feeds(model, 3)).toMatchObject({ k: i32(3) });
    const feeds = { ...drawn, mean: key(3).normal([3, 1]) };
    const parameters = model.init(key(0));
    const graph = trace({ feeds: { ...target.feeds(model, 3), mean: f32(3, 1) }, state: model.avals() }, (at) => {
      const { x0, eps, k, mean: c } = at.feeds as unknown as Record<"x0" | "eps" | "k" | "mean", Tensor>;
      const { loss, perSample, parts } = target.loss(model, at.state, at.feeds);
      const direct = ddpmLoss(process, (x, step) => denoise(undefined, x, step, c), { x0, eps, k });
      return { fetches: { loss, perSample, direct: direct.loss, ...parts } };
    });
    const found = evaluate(graph, feeds, parameters).fetches as Record<string, NDArray<"f32">>;
    expect(found.perSample as NDArray<"f32">).toBeAllclose(found.direct as NDArray<"f32">, { atol: 1e-6 });
    const whole = (found.mse?.data[0] as number) + (found.vb?.data[0] as number);
    expect(found.loss?.data[0]).toBeCloseTo(whole, 5);
  });

  it("draws every step equally often", () => {
    const latents = zeros([5000, 2, 2, 2]);
    const { k } = target.draw(model, { index: new Int32Array(5000), latents }, key(5));
    const counts = new Int32Array(50);
    for (const step of k?.data ?? []) counts[step] = (counts[step] as number) + 1;
    expect(counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0)).toBeLessThan(100); // χ², 49 degrees
  });

  it("adds REPA's term on the tap that the loss itself computed, and refuses targets without it", () => {
    const aligned = {
      ...base,
      feeds: (m: VelocityModel, n: number) => ({ ...base.feeds(m, n), "targets.0": f32(n, 4, 2) }),
    };
    expect(() => ddpmObjective(aligned, { process, denoise }).feeds(model, 1)).toThrow(/targets of REPA need its term/);
    let calls = 0;
    const tapped: typeof denoise = (p, x, step, c) => {
      calls++;
      return Object.assign(denoise(p, x, step, c), { tap: x.reshape([-1, 4, 2]) });
    };
    const alignment = (_: unknown, __: unknown, { tap, feeds }: { tap: Tensor | undefined; feeds: Named<Tensor> }) =>
      mean((tap as Tensor).mul(feeds["targets.0"] as Tensor), { axes: [1, 2] });
    const both = ddpmObjective(aligned, { process, denoise: tapped, repa: { coefficient: 0.5, alignment } });
    const feeds = {
      x0: key(1).normal([3, 2, 2, 2]),
      eps: key(2).normal([3, 2, 2, 2]),
      k: array(Int32Array.of(3, 30, 49), [3], "i32"),
    };
    const all = { ...feeds, mean: key(3).normal([3, 1]), "targets.0": key(4).normal([3, 4, 2]) };
    const graph = trace({ feeds: { ...both.feeds(model, 3), mean: f32(3, 1) }, state: model.avals() }, (at) => {
      const { perSample, parts } = both.loss(model, at.state, at.feeds);
      const { x0, eps, k } = at.feeds as unknown as Record<"x0" | "eps" | "k", Tensor>;
      const x = noised(process, x0, { k, eps });
      const term = alignment(0, 0, { tap: x.reshape([-1, 4, 2]), feeds: at.feeds });
      const plain = target.loss(model, at.state, at.feeds).perSample;
      return { fetches: { perSample, repa: parts.repa as Tensor, wanted: plain.add(term.mul(0.5)), term: mean(term) } };
    });
    expect(calls).toBe(1);
    const found = evaluate(graph, all, model.init(key(0))).fetches as Record<string, NDArray<"f32">>;
    expect(found.perSample as NDArray).toBeAllclose(found.wanted as NDArray, { atol: 1e-6 });
    expect(found.repa as NDArray).toBeAllclose(found.term as NDArray, { atol: 1e-6 });
  });
});
