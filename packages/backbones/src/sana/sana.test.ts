import { key, type NDArray, sizeOf } from "@gmem/tensor";
import { testBackbone } from "@gmem/testing";
import { describe, expect, it } from "vitest";
import { fromOriginalNames, type SanaConfig, sana, sana06B, sana16B, toOriginalNames } from "./index.ts";
import { sanaParameters } from "./parameters.ts";

const tiny: SanaConfig = {
  latent: [3, 4, 8],
  patchSize: 2,
  depth: 2,
  hiddenSize: 16,
  heads: 4,
  crossHeads: 2,
  contextDim: 6,
};

testBackbone("sana", () => sana({ ...tiny, adaLNInit: "xavier", tapAfter: 2 }));
testBackbone("sana with recomputation, before training", () => sana({ ...tiny, patchSize: 1, recompute: true }), {
  zeroInit: true,
});

describe("Sana", () => {
  // parameters of SanaTransformer2DModel of diffusers 0.42.1 in the released configurations
  it.each([
    ["0.6B", sana06B, 591_747_872],
    ["1.6B", sana16B, 1_604_462_752],
  ])("%s has as many parameters as the published one", (_, size, published) => {
    const starts = sanaParameters({ ...size, latent: [32, 16, 16], patchSize: 1 });
    expect(Object.values(starts).reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(published);
  });

  it("goes by the names of the original code and back, q, k and v in one matrix there", () => {
    const p = sana(tiny).init(key(1));
    const original = toOriginalNames(p);
    expect(original["blocks.1.attn.qkv.weight"]?.shape).toEqual([48, 16]);
    expect(original["blocks.0.cross_attn.kv_linear.bias"]?.shape).toEqual([32]);
    expect(Object.keys(original).filter((name) => name.startsWith("transformer_"))).toEqual([]);
    const back = fromOriginalNames({ ...original, "y_embedder.y_embedding": p["caption_norm.weight"] as NDArray });
    expect(Object.keys(back).sort()).toEqual(Object.keys(p).sort());
    for (const [name, value] of Object.entries(back)) expect(value).toEqual(p[name]);
    expect(fromOriginalNames(p)).toEqual(p);
  });

  it("refuses sizes that do not divide, and says which", () => {
    expect(() => sana({ ...tiny, crossHeads: 3 })).toThrow(/3 heads of cross-attention must divide/);
    expect(() => sana({ ...tiny, contextDim: 0 })).toThrow(/contextDim must be a whole number from 1, got 0/);
    expect(() => sana({ ...tiny, patchSize: 3 })).toThrow(/patch size 3 must divide/);
  });
});
