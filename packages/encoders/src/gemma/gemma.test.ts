import { fileURLToPath } from "node:url";
import { array, type Named, type NDArray, takeRows } from "@gmem/tensor";
import "@gmem/testing";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { type GemmaConfig, gemma, gemma2B, gemmaNames, gemmaParameters } from "./index.ts";

const config: GemmaConfig = {
  name: "tiny",
  depth: 2,
  hiddenSize: 32,
  heads: 4,
  keyValueHeads: 1,
  headDim: 16,
  feedForward: 64,
  vocabulary: 60,
};
const { tensors } = await readSafetensors(
  fileURLToPath(new URL("../../test/fixtures/gemma.a.safetensors", import.meta.url)),
);
const weights: Named<NDArray> = Object.fromEntries(
  Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith("w/") ? [[name.slice(2), tensor]] : [])),
);
const ids = tensors["in/ids"] as NDArray<"i32">;

/** The same checkpoint as Hugging Face stores it. */
function huggingFace(): Named<NDArray> {
  const out: Record<string, NDArray> = {};
  for (const [name, tensor] of Object.entries(weights)) {
    const rows = (from: number, to: number): NDArray =>
      takeRows(
        tensor,
        Array.from({ length: to - from }, (_, i) => from + i),
      );
    if (name === "embedder.weight") out["model.embed_tokens.weight"] = out["lm_head.weight"] = tensor;
    else if (name.includes("qkv_proj")) {
      out[name.replace("qkv_proj", "q_proj")] = rows(0, 64);
      out[name.replace("qkv_proj", "k_proj")] = rows(64, 80);
      out[name.replace("qkv_proj", "v_proj")] = rows(80, 96);
    } else out[name] = tensor;
  }
  return out;
}

describe("gemma", () => {
  it("has the official number of parameters", () => {
    const size = Object.values(gemmaParameters(gemma2B)).reduce(
      (total, { shape }) => total + shape.reduce((a, b) => a * b, 1),
      0,
    );
    expect(size).toBe(2_506_172_416);
  });

  it("gives the original's hidden states and their mean without padding", async () => {
    const encoder = gemma(config, { weights });
    expect(await encoder.hidden(ids)).toBeAllclose(tensors["out/hidden"] as NDArray, { atol: 2e-5 });
    expect(await encoder.encode(ids)).toBeAllclose(tensors["out/mean_valid"] as NDArray, { atol: 2e-5 });
    await encoder.dispose();
  });

  it("takes Hugging Face names: equal features and an equal id", async () => {
    const { "lm_head.weight": _, ...named } = huggingFace();
    expect(gemmaNames(named)).toEqual(weights);
    const [one, other] = [weights, huggingFace()].map((weights) => gemma(config, { weights }));
    expect(await other?.encode(ids)).toEqual(await one?.encode(ids));
    expect(other?.id).toBe(one?.id);
  });

  it("takes GemmaModel, whose names lack model., and leaves out heads", async () => {
    const { "lm_head.weight": _, ...named } = huggingFace();
    const bare = Object.fromEntries(
      Object.entries(named).map(([name, value]) => [name.replace(/^model\./, ""), value]),
    );
    const encoder = gemma(config, { weights: { ...bare, "score.weight": array([1]) } });
    expect(encoder.ignored).toEqual(["score.weight"]);
    expect(encoder.id).toBe(gemma(config, { weights }).id);
    expect(await encoder.encode(ids)).toEqual(await gemma(config, { weights }).encode(ids));
  });

  it("refuses impossible sizes, weights of another network and ids that are no table", async () => {
    expect(() => gemma({ ...config, keyValueHeads: 3 }, { weights })).toThrow(/keyValueHeads must divide/);
    expect(() => gemma({ ...config, normEpsilon: 0 }, { weights })).toThrow(
      /normEpsilon must be a positive number, got 0/,
    );
    expect(() => gemma({ ...config, ropeBase: -1 }, { weights })).toThrow(/ropeBase must be a positive number, got -1/);
    expect(() => gemma({ ...config, depth: 3 }, { weights })).toThrow(/7 missing: model.layers.2/);
    await expect(gemma(config, { weights }).encode(array([1], [1], "i32"))).rejects.toThrow(/token ids \[N,T\]/);
  });
});
