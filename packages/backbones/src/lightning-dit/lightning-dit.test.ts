import { partOf } from "@gmem/nn";
import { array, evaluate, f32, full, key, type NDArray, sizeOf, trace } from "@gmem/tensor";
import { testBackbone } from "@gmem/testing";
import { describe, expect, it } from "vitest";
import {
  checkTables,
  type LightningDitConfig,
  lightningDit,
  lightningDit1p0B,
  lightningDit1p6B,
  lightningDitB,
  lightningDitL,
  lightningDitS,
  lightningDitXL,
} from "./index.ts";
import { lightningDitParameters } from "./parameters.ts";

const tiny: LightningDitConfig = { latent: [3, 2, 4], patchSize: 1, depth: 2, hiddenSize: 16, heads: 2 };

testBackbone("lightning-dit", () => lightningDit({ ...tiny, tapAfter: 1 }), { zeroInit: true });
testBackbone("lightning-dit with everything turned round", () =>
  lightningDit({
    ...tiny,
    latent: [2, 4, 4],
    patchSize: 2,
    rope: false,
    rmsNorm: false,
    swiglu: false,
    qkNorm: true,
    woShift: true,
    learnSigma: true,
    adaLNInit: "xavier",
    recompute: true,
  }),
);

const switches = ["rope", "rmsNorm", "swiglu", "qkNorm", "woShift"] as const;
const combinations = Array.from({ length: 32 }, (_, bits) =>
  Object.fromEntries(switches.map((name, i) => [name, Boolean(bits & (1 << i))])),
);

function forward(config: LightningDitConfig): NDArray {
  const backbone = lightningDit(config);
  const weights = backbone.init(key(1));
  const feeds = { x: key(2).normal([2, ...config.latent]), t: array([0.1, 0.9]), c: full([2, config.hiddenSize], 0.3) };
  const graph = trace({ feeds, state: weights }, ({ feeds: { x, t, c }, state: p }) => ({
    fetches: { y: backbone.apply(p, x, t, c).output },
  }));
  return evaluate(graph, feeds, weights).fetches.y as NDArray;
}

describe("LightningDiT", () => {
  it.each(combinations)("runs and follows its input with %o", (flags) => {
    const y = forward({ ...tiny, ...flags, depth: 1, adaLNInit: "xavier" });
    expect(y.shape).toEqual([2, 3, 2, 4]);
    expect(y.data.every(Number.isFinite)).toBe(true);
    expect(new Set(y.data).size).toBeGreaterThan(40);
  });

  it("has MLPs as wide as mlpRatio says, rounded down, two thirds of it for SwiGLU", () => {
    const shapes = (config: Partial<LightningDitConfig>) =>
      lightningDitParameters({ ...tiny, mlpRatio: 1.3, ...config });
    expect(shapes({})["blocks.1.mlp.w12.weight"]?.shape).toEqual([26, 16]); // ⌊⅔·⌊20.8⌋⌋ = 13, twice
    expect(shapes({ swiglu: false })["blocks.1.mlp.fc2.weight"]?.shape).toEqual([16, 20]);
    expect(forward({ ...tiny, mlpRatio: 2.5, adaLNInit: "xavier" }).shape).toEqual([2, 3, 2, 4]);
    for (const mlpRatio of [0, Number.NaN, 0.05])
      expect(() => lightningDit({ ...tiny, mlpRatio })).toThrow(/mlpRatio must give/);
  });

  it("makes parameters that its blocks read, and no others, in every combination", () => {
    for (const flags of combinations) {
      const backbone = lightningDit({ ...tiny, ...flags, depth: 1 });
      const read = new Set<string>();
      const weights = backbone.init(key(1));
      const feeds = { x: f32(1, 3, 2, 4), t: f32(1), c: f32(1, 16) };
      trace({ feeds, state: weights }, ({ feeds: { x, t, c }, state }) => {
        const watched = new Proxy(state, { get: (p, name: string) => read.add(name) && p[name] });
        return { fetches: { y: backbone.apply(watched, x, t, c).output } };
      });
      expect(Object.keys(weights).filter((name) => !read.has(name))).toEqual([]);
    }
  });

  // with 32 channels and patches of 1: 1001 classes; a linear S-Adapter of 768; that and REPA's head
  it.each([
    ["S", lightningDitS, 32_886_944, 32_797_856, 39_356_320],
    ["B", lightningDitB, 130_359_584, 130_181_408, 137_526_304],
    ["L", lightningDitL, 457_890_816, 457_653_248, 465_522_432],
    ["XL", lightningDitXL, 674_961_824, 674_694_560, 682_825_888],
  ])("LightningDiT-%s/1 has as many parameters as the published one", (_, size, classes, snippets, repa) => {
    const D = size.hiddenSize;
    const own = countParameters({ ...size, latent: [32, 16, 16], patchSize: 1 });
    expect(own + 1001 * D).toBe(classes);
    expect(own + 769 * D).toBe(snippets);
    expect(own + 769 * D + (D + 1) * 2048 + 2049 * 2048 + 2049 * 768).toBe(repa);
  });

  it("1p0B and 1p6B have about as many parameters as they are called after", () => {
    const shape = { latent: [32, 16, 16], patchSize: 1 } as const;
    expect(countParameters({ ...lightningDit1p0B, ...shape }) / 1e9).toBeCloseTo(1.0, 1);
    expect(countParameters({ ...lightningDit1p6B, ...shape }) / 1e9).toBeCloseTo(1.6, 1);
  });

  it("recognises tables of another grid, and tables that were changed", () => {
    const tables = lightningDit(tiny).init(key(0));
    expect(() => checkTables(tables, tiny)).not.toThrow();
    expect(() => checkTables(tables, { ...tiny, latent: [3, 4, 2] })).toThrow(/must be what the grid gives/);
    expect(() => checkTables(tables, { ...tiny, latent: [3, 4, 4] })).toThrow(/pos_embed.*\[1,16,16\]/);
    const turned = { ...tables, "feat_rope.freqs_cos": tables["feat_rope.freqs_sin"] as NDArray };
    expect(() => checkTables(turned, tiny)).toThrow(/freqs_cos/);
    const { "feat_rope.freqs_sin": _, ...less } = tables;
    expect(() => checkTables(less, tiny)).toThrow(/freqs_sin.*none/);
  });

  it("refuses sizes that do not divide, and says which", () => {
    expect(() => lightningDit({ ...tiny, patchSize: 3 })).toThrow(/patch size 3 must divide/);
    expect(() => lightningDit({ ...tiny, heads: 3 })).toThrow(/3 heads must divide/);
    expect(() => lightningDit({ ...tiny, heads: 8 })).toThrow(/multiple of 4/);
    expect(() => lightningDit({ ...tiny, tapAfter: 3 })).toThrow(/from 1 to 2/);
  });
});

/** Trainable parameters, by their shapes. */
const countParameters = (config: LightningDitConfig): number =>
  Object.entries(lightningDitParameters(config))
    .filter(([name]) => partOf(name) !== "position table")
    .reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
