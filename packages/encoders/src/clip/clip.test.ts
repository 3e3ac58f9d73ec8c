import { fileURLToPath } from "node:url";
import { array, evaluate, f32, key, type Named, type NDArray, takeRows, trace } from "@gmem/tensor";
import { testEncoder } from "@gmem/testing";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import {
  type ClipConfig,
  clip,
  clipB16,
  clipB32,
  clipImageParameters,
  clipInput,
  clipL14,
  clipNames,
  clipTextEncoder,
  clipTextParameters,
} from "./index.ts";

const config: ClipConfig = {
  name: "tiny",
  dim: 20,
  imageSize: 32,
  patchSize: 8,
  input: "pillow-crop",
  vision: { depth: 2, hiddenSize: 24, heads: 2 },
  text: { depth: 2, hiddenSize: 24, heads: 4, contextLength: 12, vocabulary: 50 },
};
const { tensors } = await readSafetensors(
  fileURLToPath(new URL("../../test/fixtures/clip.a.safetensors", import.meta.url)),
);
const weights: Named<NDArray> = Object.fromEntries(
  Object.entries(tensors).flatMap(([name, tensor]) => (name.startsWith("w/") ? [[name.slice(2), tensor]] : [])),
);
const ids = tensors["in/text"] as NDArray<"i32">;

testEncoder("CLIP", () => clip(config, { weights }));
testEncoder("CLIP with another width", () => clip({ ...config, input: "torch-bicubic" }, { weights }), {
  imageSize: 40,
});

/** The same checkpoint as Hugging Face's `CLIPModel` stores it. */
function huggingFace(): Named<NDArray> {
  const out: Record<string, NDArray> = { "text_model.embeddings.position_ids": array([0, 1], [1, 2], "i32") };
  const simple: Named<string> = {
    "visual.class_embedding": "vision_model.embeddings.class_embedding",
    "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
    "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
    positional_embedding: "text_model.embeddings.position_embedding.weight",
    "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
  };
  const turned: Named<string> = {
    "visual.proj": "visual_projection.weight",
    text_projection: "text_projection.weight",
  };
  const transpose = ({ data, shape: [rows = 0, columns = 0] }: NDArray): NDArray =>
    array(
      Float32Array.from(data, (_, k) => data[(k % rows) * columns + Math.floor(k / rows)] as number),
      [columns, rows],
    );
  for (const [name, tensor] of Object.entries(weights)) {
    const fused = name.match(/^(visual\.)?transformer\.resblocks\.(\d)\.attn\.in_proj_(weight|bias)$/);
    if (fused) {
      const at = `${fused[1] ? "vision_model" : "text_model"}.encoder.layers.${fused[2]}.self_attn`;
      for (const [i, part] of ["q", "k", "v"].entries())
        out[`${at}.${part}_proj.${fused[3]}`] = takeRows(
          tensor,
          Array.from({ length: 24 }, (_, row) => 24 * i + row),
        );
    } else if (turned[name]) out[turned[name]] = transpose(tensor);
    else {
      const renamed = name
        .replace("visual.transformer.resblocks", "vision_model.encoder.layers")
        .replace(/^transformer\.resblocks/, "text_model.encoder.layers")
        .replace("attn.out_proj", "self_attn.out_proj")
        .replace(/ln_(\d)/, "layer_norm$1")
        .replace("c_fc", "fc1")
        .replace("c_proj", "fc2")
        .replace("visual.ln_pre", "vision_model.pre_layrnorm")
        .replace("visual.ln_post", "vision_model.post_layernorm")
        .replace("ln_final", "text_model.final_layer_norm");
      out[simple[name] ?? renamed] = tensor;
    }
  }
  return out;
}

describe("clip", () => {
  it("has the official numbers of parameters", () => {
    const size = (config: ClipConfig): number =>
      [clipImageParameters(config), clipTextParameters(config)]
        .flatMap((named) => Object.values(named))
        .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect([clipB32, clipB16, clipL14].map(size)).toEqual([151_277_313, 149_620_737, 427_616_513]);
  });

  it("takes Hugging Face names: equal features of images and texts, and equal ids", async () => {
    const { "text_model.embeddings.position_ids": _, ...named } = huggingFace();
    expect(clipNames(named)).toEqual(weights);
    const images = key(0).uniform([1, 3, 40, 33]);
    const [one, other] = [weights, huggingFace()].map((weights) => clip(config, { weights }));
    expect(await other?.encode(images)).toEqual(await one?.encode(images));
    expect(other?.id).toBe(one?.id);
    const [text, named2] = [weights, huggingFace()].map((weights) => clipTextEncoder(config, { weights }));
    expect(await named2?.encode(ids)).toEqual(await text?.encode(ids));
    expect(named2?.id).toBe(text?.id);
  });

  it("gives tokens of patches in rows, on any grid, by the network's own positions", async () => {
    const alone = Object.fromEntries(
      Object.entries(weights).map(([name, { data, shape }]) => [
        name,
        /visual.*out_proj/.test(name)
          ? array(new Float32Array(data.length), shape)
          : array(data as Float32Array, shape), // no token sees another
      ]),
    );
    const encoder = clip({ ...config, input: "torch-bicubic" }, { weights: alone });
    const images = key(0).uniform([1, 3, 32, 32]);
    const changed = array(Float32Array.from(images.data), images.shape);
    for (let y = 8; y < 16; y++) for (let x = 16; x < 24; x++) changed.data[y * 32 + x] = 0; // row 1, column 2
    const [before, after] = [await encoder.patchTokens(images), await encoder.patchTokens(changed)];
    expect(before.shape).toEqual([1, 16, 24]);
    const differs = Array.from({ length: 16 }, (_, t) =>
      before.data.subarray(24 * t, 24 * t + 24).some((v, i) => v !== after.data[24 * t + i]),
    );
    expect(differs.flatMap((is, t) => (is ? [t] : []))).toEqual([1 * 4 + 2]);
    const whole = clip(config, { weights });
    expect((await whole.patchTokens(key(1).uniform([2, 3, 40, 33]), { grid: 6 })).shape).toEqual([2, 36, 24]);
    await expect(whole.patchTokens(images, { grid: 1.5 })).rejects.toThrow(/grid must be a positive whole number/);
  });

  it("takes a tower as it is stored alone: without prefix, projection and temperature, other names ignored", async () => {
    const renamed = huggingFace();
    const alone = (tower: string): Named<NDArray> =>
      Object.fromEntries(
        Object.entries(renamed).flatMap(([name, value]) =>
          name.startsWith(tower) ? [[name.slice(tower.length), value]] : [],
        ),
      );
    const text = clipTextEncoder(config, { weights: { ...alone("text_model."), "classifier.weight": array([1]) } });
    expect([text.dim, text.ignored]).toEqual([24, ["classifier.weight"]]);
    const pooled = await text.encode(ids); // [N,24]
    const projected = await clipTextEncoder(config, { weights }).encode(ids); // [N,20]
    const p = weights.text_projection as NDArray; // [24,20]
    const [n = 0] = pooled.shape;
    const product = Float32Array.from({ length: n * 20 }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < 24; k++)
        sum += (pooled.data[Math.floor(i / 20) * 24 + k] as number) * (p.data[k * 20 + (i % 20)] as number);
      return sum;
    });
    expect(array(product, [n, 20])).toBeAllclose(projected, { atol: 1e-5 });
    const image = clip(config, { weights: alone("vision_model.") });
    expect((await image.encode(key(0).uniform([1, 3, 32, 32]))).shape).toEqual([1, 24]);
    const { logit_scale: _, ...towers } = renamed;
    expect(await clipTextEncoder(config, { weights: towers }).encode(ids)).toEqual(projected);
    const { text_projection: __, ...unprojected } = weights;
    expect(() => clipTextEncoder(config, { weights: unprojected })).toThrow(/1 missing: text_projection/);
  });

  it("reads a text up to the largest id: what stands behind it changes nothing, what stands before it does", async () => {
    const encoder = clipTextEncoder(config, { weights });
    const row = (...values: number[]): NDArray<"i32"> => array(values, [1, values.length], "i32");
    const text = await encoder.encode(row(40, 3, 7, 49, 0, 0));
    expect(text.shape).toEqual([1, 20]);
    expect(await encoder.encode(row(40, 3, 7, 49, 9, 8))).toBeAllclose(text, { atol: 1e-6 });
    expect(await encoder.encode(row(40, 3, 7, 49))).toBeAllclose(text, { atol: 1e-6 });
    expect(await encoder.encode(row(40, 3, 8, 49))).not.toBeAllclose(text, { atol: 1e-3 });
    await expect(encoder.encode(array(new Int32Array(13), [1, 13], "i32"))).rejects.toThrow(/at most 12 long/);
    await encoder.dispose();
  });

  it("needs one tower only", () => {
    const visual = Object.fromEntries(Object.entries(weights).filter(([name]) => name.startsWith("visual.")));
    expect(clip(config, { weights: visual }).id).toBe(clip(config, { weights }).id);
    expect(() => clipTextEncoder(config, { weights: visual })).toThrow(/29 missing: token_embedding.weight, /);
  });

  it("refuses impossible sizes and images that do not fit", async () => {
    expect(() => clip({ ...config, patchSize: 5 }, { weights })).toThrow(/patchSize must divide/);
    expect(() => clip({ ...config, vision: { depth: 2, hiddenSize: 24, heads: 5 } }, { weights })).toThrow(
      /heads must/,
    );
    const whole = clip({ ...config, input: "torch-bicubic" }, { weights });
    await expect(whole.encode(key(0).uniform([1, 3, 32, 40]))).rejects.toThrow(/needs square images/);
    await expect(whole.encode(key(0).uniform([1, 4, 32, 32]))).rejects.toThrow(/\[N,3,H,W\]/);
  });
});

describe("what comes before the network", () => {
  const run = (x: NDArray, imageSize: number): NDArray => {
    const graph = trace({ feeds: { x: f32(...x.shape) } }, ({ feeds }) => ({
      fetches: { y: clipInput(feeds.x, { input: "pillow-crop", imageSize }) },
    }));
    return evaluate(graph, { x }).fetches.y as NDArray;
  };
  const unnormalise = (y: NDArray): number[] =>
    Array.from(y.data.subarray(0, y.data.length / 3), (value) => 255 * (value * 0.26862954 + 0.48145466));

  it("crops the centre at the even of two neighbours, without resampling what has the size already", () => {
    // channel 0 holds the column's number: crops of 4 from 4 × 7 and 4 × 9 begin at round(1.5) = 2 and round(2.5) = 2
    for (const width of [7, 9]) {
      const x = array(
        Float32Array.from({ length: 12 * width }, (_, k) => (k % width) / 255),
        [1, 3, 4, width],
      );
      expect(unnormalise(run(x, 4)).slice(0, 4)).toBeAllclose([2, 3, 4, 5], { atol: 1e-3 });
    }
  });

  it("rounds to 8 bits after each pass and stays in 0…255 where the kernel overshoots", () => {
    const bars = Float32Array.from({ length: 3 * 64 }, (_, k) => (k % 8 < 4 ? 0 : 1));
    const values = unnormalise(run(array(bars, [1, 3, 8, 8]), 16));
    for (const value of values) expect(Math.abs(value - Math.round(value))).toBeLessThan(1e-3);
    expect([Math.min(...values), Math.max(...values)]).toBeAllclose([0, 255], { atol: 1e-3 });
  });
});
