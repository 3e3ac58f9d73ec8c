import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { array, evaluate, f32, key, mapNamed, type Named, type NDArray, takeRows, trace } from "@gmem/tensor";
import { testEncoder } from "@gmem/testing";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { dinov2Input } from "./dinov2-input.ts";
import { type Dinov2Config, dinov2, dinov2B, dinov2G, dinov2Names, dinov2Parameters, dinov2S } from "./index.ts";
import { positionTable } from "./position-table.ts";

const tiny: Dinov2Config = {
  ...dinov2S,
  name: "tiny",
  depth: 2,
  hiddenSize: 8,
  heads: 2,
  patchSize: 7,
  positionGrid: 5,
  input: { from: 32, to: 28 },
};
const gated: Dinov2Config = { ...tiny, name: "gated", feedForward: "swiglu", registers: 3 };

const weightsOf = (config: Dinov2Config): Named<NDArray> =>
  mapNamed(dinov2Parameters(config), ({ shape }, name) => key(5).split(name).normal(shape));
const size = (config: Dinov2Config): number =>
  Object.values(dinov2Parameters(config)).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

testEncoder("DINOv2", () => dinov2(tiny, { weights: weightsOf(tiny) }));
testEncoder("DINOv2 with registers", () => dinov2(gated, { weights: weightsOf(gated), batchSize: 2 }));

describe("dinov2", () => {
  it("has the official numbers of parameters", () => {
    // 86.6 M and 1,136.5 M as published, each with the mask token, which images do not need
    expect(size(dinov2B) + 768).toBe(86_580_480);
    expect(size(dinov2G) + 1536).toBe(1_136_480_768);
  });

  it("gives patch tokens in rows, 14 pixels of the network each, for the grid that is asked for", async () => {
    const encoder = dinov2(tiny, { weights: weightsOf(tiny) });
    expect((await encoder.patchTokens(key(0).uniform([3, 3, 32, 32]))).shape).toEqual([3, 16, 8]);
    expect((await encoder.patchTokens(key(0).uniform([1, 3, 64, 64]))).shape).toEqual([1, 64, 8]);
    expect((await encoder.patchTokens(key(0).uniform([1, 3, 64, 64]), { grid: 3 })).shape).toEqual([1, 9, 8]);
    await encoder.dispose();
  });

  it("gives class and patch tokens in one pass, equal to those of two", async () => {
    const encoder = dinov2(gated, { weights: weightsOf(gated), batchSize: 2 });
    const images = key(0).uniform([3, 3, 32, 32]);
    const { classToken, patches } = await encoder.tokens(images);
    expect(classToken).toEqual(await encoder.encode(images));
    expect(patches).toEqual(await encoder.patchTokens(images));
    const coarse = await encoder.tokens(images, { grid: 2 });
    expect(coarse.patches).toEqual(await encoder.patchTokens(images, { grid: 2 }));
    expect(coarse.classToken).not.toBeAllclose(classToken, { atol: 1e-3 });
    await expect(encoder.tokens(images, { grid: 1.5 })).rejects.toThrow(/dinov2.tokens: grid/);
    await encoder.dispose();
  });

  it("takes Hugging Face names: equal features and an equal id", async () => {
    const fixtures = new URL("../../test/fixtures/", import.meta.url);
    const { tensors } = await readSafetensors(fileURLToPath(new URL("dinov2.a.safetensors", fixtures)));
    const names: { map: Record<string, { from: string; rows?: [number, number] }> } = JSON.parse(
      await readFile(new URL("dinov2_hf_names.json", fixtures), "utf8"),
    );
    const original = Object.fromEntries(
      Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith("w/") ? [[name.slice(2), tensor]] : [])),
    );
    const renamed = Object.fromEntries(
      Object.entries(names.map).map(([name, { from, rows }]) => {
        const whole = original[from] as NDArray;
        const picked = rows && Array.from({ length: rows[1] - rows[0] }, (_, i) => rows[0] + i);
        return [`dinov2.${name}`, picked ? takeRows(whole, picked) : whole];
      }),
    );
    expect(dinov2Names(renamed)).toEqual(original);
    expect(dinov2Names(original)).toEqual(original);
    const config: Dinov2Config = {
      ...tiny,
      hiddenSize: 24,
      patchSize: 14,
      positionGrid: 3,
      positions: "dinov2-offset",
    };
    const [one, other] = [original, renamed].map((weights) => dinov2(config, { weights }));
    const images = key(2).uniform([1, 3, 32, 32]);
    expect(await other?.encode(images)).toEqual(await one?.encode(images));
    expect(other?.id).toBe(one?.id);
  });

  it("takes the names of training, whose blocks stand in chunks that go on counting", () => {
    const chunked = dinov2Names({ "blocks.0.1.norm1.weight": array([1]), "blocks.1.2.norm1.weight": array([2]) });
    expect(Object.keys(chunked)).toEqual(["blocks.1.norm1.weight", "blocks.2.norm1.weight"]);
    expect(() => dinov2Names({ "blocks.0.1.ls1.gamma": array([1]), "blocks.1.ls1.gamma": array([2]) })).toThrow(/ls1/);
  });

  it("leaves out heads of a task, by name", () => {
    const weights = weightsOf(tiny);
    const whole = { ...weights, "classifier.weight": array([1]), "classifier.bias": array([1]) };
    const encoder = dinov2(tiny, { weights: whole });
    expect(encoder.ignored).toEqual(["classifier.weight", "classifier.bias"]);
    expect(encoder.id).toBe(dinov2(tiny, { weights }).id);
  });

  it("takes the gated layer's Hugging Face names", () => {
    const [at, to] = ["encoder.layer.3.mlp.weights_in.bias", "encoder.layer.3.mlp.weights_out.weight"];
    const renamed = dinov2Names({ [at]: array([1]), [to]: array([2]), "embeddings.register_tokens": array([3]) });
    expect(Object.keys(renamed)).toEqual(["blocks.3.mlp.w12.bias", "blocks.3.mlp.w3.weight", "register_tokens"]);
  });

  it("has an id that tells weights, pre-processing and position resampling apart", () => {
    const weights = weightsOf(tiny);
    const ids = [
      dinov2(tiny, { weights }),
      dinov2({ ...tiny, positions: "dinov2-offset" }, { weights }),
      dinov2({ ...tiny, positions: { antialias: true, offset: 0.1 } }, { weights }),
      dinov2({ ...tiny, input: { from: 16, to: 14 } }, { weights }),
      dinov2(tiny, { weights: { ...weights, cls_token: key(9).normal([1, 1, 8]) } }),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(5);
  });

  it("names every missing, unexpected and mis-shaped tensor in one error", () => {
    const { cls_token: _, ...weights } = weightsOf(tiny);
    const broken = { ...weights, pos_embed: array([1]), other: array([1]), mask_token: array([1]) };
    expect(() => dinov2(tiny, { weights: broken })).toThrow(
      /tiny: .* 1 missing: cls_token; 1 unexpected: other; 1 mis-shaped: pos_embed \[1\] for \[1,26,8\]/,
    );
    const { "encoder.layer.0.attention.attention.key.bias": key_, ...rest } = {
      "encoder.layer.0.attention.attention.key.bias": array([1]),
      "encoder.layer.0.attention.attention.query.bias": array([1]),
    };
    expect(key_.data.length).toBe(1);
    expect(() => dinov2Names(rest)).toThrow(/query, key and value must be there for "blocks.0.attn.qkv.bias"/);
    const parts = Object.fromEntries(
      ["query", "key", "value"].map((part) => [`encoder.layer.0.attention.attention.${part}.bias`, array([1])]),
    );
    expect(dinov2Names(parts)["blocks.0.attn.qkv.bias"]?.shape).toEqual([3]);
    expect(() => dinov2Names({ ...parts, "blocks.0.attn.qkv.bias": array([1, 1, 1]) })).toThrow(
      /in one tensor besides/,
    );
    expect(() => dinov2Names({ cls_token: array([1]), "embeddings.cls_token": array([1]) })).toThrow(/→ cls_token/);
  });

  it("converts doubles, and refuses tensors of other element types, all of them", () => {
    const weights = weightsOf(tiny);
    const doubles = mapNamed(weights, ({ data, shape }) => array(Float64Array.from(data), shape, "f64"));
    expect(dinov2(tiny, { weights: doubles }).id).toBe(dinov2(tiny, { weights }).id);
    const halves = Object.fromEntries(
      ["norm.weight", "norm.bias"].map((name) => [name, array(new Uint16Array(8), [8], "f16")]),
    );
    expect(() => dinov2(tiny, { weights: { ...weights, ...halves } })).toThrow(
      /must be f32, .* got norm.weight f16, norm.bias f16/,
    );
  });

  it("says of a query, key or value that a checkpoint lacks which tensor does not fit, with all others", () => {
    const weights = weightsOf(tiny);
    const { "blocks.1.attn.qkv.bias": whole, "norm.bias": _, ...rest } = weights;
    const part = (i: number): NDArray =>
      takeRows(
        whole as NDArray,
        [0, 1, 2, 3, 4, 5, 6, 7].map((row) => 8 * i + row),
      );
    const at = "encoder.layer.1.attention.attention";
    const apart = { ...rest, [`${at}.query.bias`]: part(0), [`${at}.value.bias`]: part(2) };
    expect(() => dinov2(tiny, { weights: apart })).toThrow(
      /1 missing: norm.bias; 1 mis-shaped: blocks.1.attn.qkv.bias \[16\] for \[24\]/,
    );
    const all = { ...apart, [`${at}.key.bias`]: part(1), "norm.bias": weights["norm.bias"] as NDArray };
    expect(dinov2(tiny, { weights: all }).id).toBe(dinov2(tiny, { weights }).id);
  });

  it("refuses images that are not square and sizes that do not fit", async () => {
    const encoder = dinov2(tiny, { weights: weightsOf(tiny) });
    await expect(encoder.encode(key(0).uniform([1, 3, 32, 30]))).rejects.toThrow(/needs square images .*\[1,3,32,30\]/);
    await expect(encoder.patchTokens(key(0).uniform([1, 3, 32, 32]), { grid: 0 })).rejects.toThrow(/positive/);
    expect(() => dinov2({ ...tiny, positions: { antialias: false, offset: -1 } }, { weights: {} })).toThrow(/offset/);
    expect(() => dinov2({ ...tiny, heads: 3 }, { weights: {} })).toThrow(/heads must divide/);
    expect(() => dinov2({ ...tiny, patchSize: 9 }, { weights: {} })).toThrow(/patchSize must divide/);
  });
});

describe("what comes before the network", () => {
  it("keeps the mean colour at 0 and enlarges small images first", () => {
    const mean = [0.485, 0.456, 0.406].flatMap((value) => new Array<number>(64).fill(value));
    const graph = trace({ feeds: { x: f32(1, 3, 8, 8) } }, ({ feeds }) => ({
      fetches: { y: dinov2Input(feeds.x, { from: 16, to: 14 }) },
    }));
    const { y } = evaluate(graph, { x: array(mean, [1, 3, 8, 8]) }).fetches;
    expect(y?.shape).toEqual([1, 3, 14, 14]);
    expect(Math.max(...(y as NDArray<"f32">).data.map(Math.abs))).toBeLessThan(1e-5);
  });

  it("resamples positions, not the class token's, and differently in the two ways", () => {
    const table = key(3).normal([1, 26, 4]);
    const resampled = (positions: Dinov2Config["positions"]): NDArray<"f32"> => {
      const graph = trace({ feeds: { table: f32(1, 26, 4) } }, ({ feeds }) => ({
        fetches: { y: positionTable(feeds.table, { rows: 3, columns: 4, positions }) },
      }));
      return evaluate(graph, { table }).fetches.y as NDArray<"f32">;
    };
    const both = [resampled("timm-antialias"), resampled("dinov2-offset")] as const;
    for (const y of both) {
      expect(y.shape).toEqual([1, 13, 4]);
      expect(y.data.subarray(0, 4)).toEqual(table.data.subarray(0, 4));
    }
    expect(both[0]).not.toBeAllclose(both[1], { atol: 0.01 });
    expect(resampled({ antialias: true, offset: 0 })).toEqual(both[0]);
    expect(resampled({ antialias: false, offset: 0.1 })).toEqual(both[1]);
    const others = [resampled({ antialias: false, offset: 0 }), resampled({ antialias: true, offset: 0.1 })];
    for (const y of others) for (const z of both) expect(y).not.toBeAllclose(z, { atol: 1e-3 });
  });
});
