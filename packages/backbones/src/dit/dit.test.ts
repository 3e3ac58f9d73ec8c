import { array, evaluate, full, key, type NDArray, sizeOf, trace } from "@gmem/tensor";
import { testBackbone } from "@gmem/testing";
import { describe, expect, it } from "vitest";
import { sitParameters } from "../sit/parameters.ts";
import { type DitConfig, dit, ditB, ditL, ditS, ditXL } from "./index.ts";

const tiny: DitConfig = { latent: [3, 4, 8], patchSize: 2, depth: 2, hiddenSize: 16, heads: 2 };

testBackbone("dit", () => dit({ ...tiny, learnSigma: false }), { zeroInit: true });
testBackbone("dit with variance", () => dit({ ...tiny, adaLNInit: "xavier", steps: 10, tapAfter: 1 }));

describe("DiT", () => {
  it("refuses a tap outside its blocks", () => {
    expect(() => dit({ ...tiny, tapAfter: 3 })).toThrow(/tapAfter must be a block from 1 to 2, got 3/);
  });

  it("gives noise and variance, and counts time in steps up to K − 1", () => {
    const backbone = dit({ ...tiny, adaLNInit: "xavier", steps: 11 });
    const weights = backbone.init(key(1));
    const feeds = { x: key(2).normal([2, 3, 4, 8]), t: array([0.1, 1]), k: array([1, 10]), c: full([2, 16], 0.3) };
    const graph = trace({ feeds, state: weights }, ({ feeds: { x, t, k, c }, state: p }) => {
      const [canonical, stepwise] = [backbone.apply(p, x, t, c), backbone.atStep(p, x, k, c)];
      return { fetches: { a: canonical.output, b: stepwise.output, variance: stepwise.variance ?? x } };
    });
    const { a, b, variance } = evaluate(graph, feeds, weights).fetches as Record<"a" | "b" | "variance", NDArray>;
    expect(variance.shape).toEqual([2, 3, 4, 8]);
    expect(a).toBeAllclose(b, { atol: 1e-5 });
    expect(variance).not.toBeAllclose(b);
  });

  // trainable parameters of the class-conditional DiT/2 with 4 channels, less the class table and its null row
  it.each([
    ["S", ditS, 32_858_896 + 16 * 385],
    ["B", ditB, 130_303_504 + 16 * 769],
    ["L", ditL, 457_824_272 + 16 * 1025],
    ["XL", ditXL, 674_816_272 + 16 * 1153],
  ])(
    "DiT-%s/2 has as many parameters as the published SiT and the variance of 2² pixels × 4 channels",
    (_, size, published) => {
      const starts = sitParameters({ ...size, latent: [4, 32, 32], patchSize: 2, learnSigma: true });
      const own = Object.entries(starts)
        .filter(([name]) => name !== "pos_embed")
        .reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
      expect(own + 1001 * size.hiddenSize).toBe(published);
    },
  );
});
