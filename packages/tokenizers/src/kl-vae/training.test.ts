import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@gmem/testing";
import { array, constant, evaluate, full, key, mean, type NDArray, square, trace } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import {
  type KlVaeConfig,
  klVaeDecoder,
  klVaeInit,
  klVaeLoss,
  klVaeMoments,
  latentStatistics,
  loadKlVae,
  posterior,
  saveKlVae,
} from "./index.ts";

const tiny: KlVaeConfig = {
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  attentionLevels: [],
  zChannels: 2,
  latentChannels: 2,
  resampling: "mean",
  attention: "none",
};
const weights = klVaeInit(tiny, key(3));

describe("the loss of a KL-VAE", () => {
  const feeds = { x: key(1).normal([2, 3, 8, 8]), noise: key(2).normal([2, 2, 4, 4]) };

  it("is the error of a draw's reconstruction, the divergence per value, and a distance of pictures in [0, 1]", () => {
    const distance = (x: Parameters<typeof square>[0], y: typeof x) => mean(square(x.sub(y)), { axes: [1, 2, 3] });
    const graph = trace({ feeds, state: weights }, ({ feeds: { x, noise }, state: p }) => {
      const q = posterior(klVaeMoments(tiny, p, x));
      const options = { error: "l1", kl: 0.5, perceptual: { distance, weight: 2 } } as const;
      const { loss, parts } = klVaeLoss(tiny, p, { x, noise }, options);
      const squared = klVaeLoss(tiny, p, { x, noise }, { error: "l2", kl: 0 }).loss;
      return { fetches: { ...parts, loss, squared, ...q } };
    });
    const found = evaluate(graph, feeds, weights).fetches;
    const [mu, logvar] = [found.mean as NDArray, found.logvar as NDArray];
    const z = array(
      mu.data.map((m, i) => m + Math.exp((logvar.data[i] as number) / 2) * (feeds.noise.data[i] as number)),
      mu.shape,
    );
    const decoded = trace({ feeds: { z }, state: weights }, (at) => ({
      fetches: { y: klVaeDecoder(tiny, at.state, at.feeds.z) },
    }));
    const { y } = evaluate(decoded, { z }, weights).fetches as { readonly y: NDArray };
    const errors = Array.from(feeds.x.data, (value, i) => value - (y.data[i] as number));
    const average = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const [l1, l2] = [average(errors.map(Math.abs)), average(errors.map((e) => e * e))];
    const kl =
      Array.from(mu.data, (m, i) => m * m + Math.exp(logvar.data[i] as number) - 1 - (logvar.data[i] as number)).reduce(
        (sum, value) => sum + value / 2,
        0,
      ) / 2; // nats an image
    const one = (name: string): number => found[name]?.data[0] as number;
    expect(one("reconstruction")).toBeCloseTo(l1, 5);
    expect(one("squared")).toBeCloseTo(l2, 5);
    expect(one("kl")).toBeCloseTo(kl / 32, 5);
    expect(one("perceptual")).toBeCloseTo(l2 / 4, 5); // [0, 1] is half as wide
    expect(one("loss")).toBeCloseTo(l1 + (0.5 * kl) / (3 * 8 * 8) + (2 * l2) / 4, 5);
  });

  it("refuses noise of another shape than the latents", () => {
    const noise = constant(full([2, 2, 4, 5], 0));
    expect(() =>
      trace({ feeds: { x: feeds.x }, state: weights }, (at) => ({
        fetches: { loss: klVaeLoss(tiny, at.state, { x: at.feeds.x, noise }, { error: "l1", kl: 0 }).loss },
      })),
    ).toThrow(/noise must have the latents' shape/);
  });
});

it("is drawn as PyTorch draws it, convolutions within 1/√inputs, normalisations 1 and 0, but with narrow posteriors", () => {
  expect(klVaeInit(tiny, key(3))).toEqual(weights);
  const most = (name: string): number => Math.max(...(weights[name]?.data ?? []).map(Math.abs));
  for (const part of ["weight", "bias"])
    expect(most(`encoder.mid.block_1.conv1.${part}`)).toBeCloseTo(1 / Math.sqrt(32 * 9), 2);
  expect(most("encoder.mid.block_1.conv1.weight")).toBeLessThan(1 / Math.sqrt(32 * 9));
  expect(new Set(weights["encoder.norm_out.weight"]?.data)).toEqual(new Set([1]));
  expect(new Set(weights["encoder.norm_out.bias"]?.data)).toEqual(new Set([0]));
  const { data } = weights["quant_conv.bias"] as NDArray;
  expect(Array.from(data.slice(2))).toEqual([-6, -6]); // ln σ²
  expect(Math.max(...data.slice(0, 2).map(Math.abs))).toBeLessThan(1);
});

describe("statistics of latents", () => {
  const drawn = (mu: readonly number[], sigma: readonly number[]) => ({
    mean: array(mu, [1, 2, 1, 2]),
    std: array(sigma, [1, 2, 1, 2]),
  });

  it("are those of draws: the spread of means and the posteriors' own, channel by channel", async () => {
    const found = await latentStatistics([drawn([1, 3, 0, 0], [2, 2, 1, 3]), drawn([1, 3, 5, 5], [2, 2, 0, 0])]);
    expect(found.mean).toEqual([2, 2.5]);
    expect(Array.from(found.std, (std) => std ** 2)).toBeAllclose([1 + 4, 2.5 ** 2 + 10 / 4], { atol: 1e-12 });
  });

  it("need latents that vary and are finite", async () => {
    await expect(latentStatistics([])).rejects.toMatchObject({ code: "DATA" });
    await expect(latentStatistics([drawn([1, 1, 0, 1], [0, 0, 1, 1])])).rejects.toThrow(/deviation of 0 in channel 0/);
    await expect(latentStatistics([drawn([1, 2, Number.NaN, 1], [1, 1, 1, 1])])).rejects.toMatchObject({
      code: "NON_FINITE",
    });
  });
});

describe("a file of a trained KL-VAE", () => {
  const folder = mkdtempSync(join(tmpdir(), "gmem-kl-vae-"));
  const path = (name: string): string => join(folder, name);
  const stored = { config: tiny, weights, statistics: { mean: [0.5, -1], std: [2, 3] } };

  it("comes back whole, under a hash that every weight and statistic is part of", async () => {
    await saveKlVae(path("a"), stored);
    const { id, ...back } = await loadKlVae(path("a"));
    expect(back.config).toEqual(tiny);
    expect(back.weights).toEqual(weights);
    expect(Array.from(back.statistics.std)).toEqual([2, 3]);
    await saveKlVae(path("b"), { ...stored, statistics: { mean: [0.5, -1], std: [2, 4] } });
    const moved = { ...weights, "quant_conv.bias": full([4], 1) };
    await saveKlVae(path("c"), { ...stored, weights: moved });
    const ids = [id, (await loadKlVae(path("b"))).id, (await loadKlVae(path("c"))).id];
    expect(new Set(ids).size).toBe(3);
  });

  it("is refused if it is of something else, or not finite", async () => {
    await writeSafetensors(path("other"), weights);
    await expect(loadKlVae(path("other"))).rejects.toMatchObject({ code: "WEIGHTS" });
    const broken = { ...weights, "quant_conv.bias": full([4], Number.NaN) };
    await expect(saveKlVae(path("broken"), { ...stored, weights: broken })).rejects.toMatchObject({
      code: "NON_FINITE",
    });
    await expect(
      saveKlVae(path("flat"), { ...stored, statistics: { mean: [0, 0], std: [1, 0] } }),
    ).rejects.toMatchObject({ code: "CONFIG" });
  });
});
