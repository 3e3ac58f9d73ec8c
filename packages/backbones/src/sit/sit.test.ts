import {
  array,
  avalsOf,
  evaluate,
  f32,
  full,
  type Graph,
  isGMemError,
  key,
  type Named,
  type NDArray,
  sizeOf,
  trace,
  zeros,
} from "@gmem/tensor";
import { testBackbone } from "@gmem/testing";
import { describe, expect, it } from "vitest";
import { type SitConfig, sit, sitB, sitL, sitS, sitXL } from "./index.ts";
import { sitParameters } from "./parameters.ts";

const tiny: SitConfig = { latent: [3, 4, 8], patchSize: 2, depth: 2, hiddenSize: 16, heads: 2 };

testBackbone("sit", () => sit({ ...tiny, adaLNInit: "xavier", tapAfter: 2 }));
testBackbone("sit with learnSigma, qkNorm and recomputation", () =>
  sit({ ...tiny, latent: [4, 4, 4], adaLNInit: "xavier", learnSigma: true, qkNorm: true, recompute: true }),
);

function forward(config: SitConfig, n: number): { graph: Graph; weights: Named<NDArray> } {
  const backbone = sit(config);
  const weights = backbone.init(key(1));
  const state = avalsOf(weights);
  const feeds = { x: f32(n, ...config.latent), t: f32(n), c: f32(n, config.hiddenSize) };
  const graph = trace({ feeds, state }, ({ feeds: { x, t, c }, state: p }) => ({
    fetches: { y: backbone.apply(p, x, t, c).output },
  }));
  return { graph, weights };
}

describe("SiT", () => {
  it("gives exactly 0 when it starts from zeroed adaLN, on a grid that is not square", () => {
    const { graph, weights } = forward(tiny, 2);
    const rng = key(2);
    const feeds = { x: rng.normal([2, 3, 4, 8]), t: array([0.1, 0.9]), c: full([2, 16], 0.3) };
    const y = evaluate(graph, feeds, weights).fetches.y as NDArray;
    expect(y.shape).toEqual([2, 3, 4, 8]);
    expect(y.data.every((value) => value === 0)).toBe(true);
  });

  // trainable parameters of the class-conditional SiT/2 with 4 channels, less the class table and its null row
  it.each([
    ["S", sitS, 32_858_896],
    ["B", sitB, 130_303_504],
    ["L", sitL, 457_824_272],
    ["XL", sitXL, 674_816_272],
  ])("SiT-%s/2 has as many parameters as the published one", (_, size, published) => {
    expect(countParameters({ ...size, latent: [4, 32, 32], patchSize: 2 }) + 1001 * size.hiddenSize).toBe(published);
  });

  it("has MLPs as wide as mlpRatio says, rounded down", () => {
    const { graph, weights } = forward({ ...tiny, mlpRatio: 1.3, adaLNInit: "xavier" }, 1);
    expect(weights["blocks.1.mlp.fc1.weight"]?.shape).toEqual([20, 16]);
    expect(weights["blocks.1.mlp.fc2.weight"]?.shape).toEqual([16, 20]);
    const feeds = { x: key(2).normal([1, 3, 4, 8]), t: array([0.5]), c: zeros([1, 16]) };
    expect(evaluate(graph, feeds, weights).fetches.y?.shape).toEqual([1, 3, 4, 8]);
    expect(() => sit({ ...tiny, mlpRatio: 0 })).toThrow(/mlpRatio/);
    expect(() => sit({ ...tiny, mlpRatio: Number.NaN })).toThrow(/mlpRatio/);
  });

  it("refuses sizes that do not divide, and says which", () => {
    expect(() => sit({ ...tiny, patchSize: 3 })).toThrow(/patch size 3 must divide/);
    expect(() => sit({ ...tiny, heads: 3 })).toThrow(/3 heads must divide/);
    for (const tapAfter of [0, 3, 1.5])
      expect(() => sit({ ...tiny, tapAfter })).toThrow(expect.toSatisfy((e) => isGMemError(e, "CONFIG")));
  });
});

/** Trainable parameters, by their shapes. */
const countParameters = (config: SitConfig): number =>
  Object.entries(sitParameters(config))
    .filter(([name]) => name !== "pos_embed")
    .reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
