import { fileURLToPath } from "node:url";
import { clipB32, clip as clipPictures, clipTexts } from "@gmem/encoders/clip";
import { takeRows } from "@gmem/tensor";
import "@gmem/testing";
import { readFileSync } from "node:fs";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { loadConfig, presetTrees } from "../config/load.ts";
import { merge } from "../config/tree.ts";
import { openAll } from "../parts/dataset.ts";
import { retrieve } from "./retrieve.ts";

const at = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/text-towers/${name}`, import.meta.url));
const network = {
  dim: 12,
  imageSize: 16,
  patchSize: 8,
  vision: { depth: 1, hiddenSize: 16, heads: 2 },
  text: { depth: 2, hiddenSize: 16, heads: 2, contextLength: 16, vocabulary: 60 },
};
const clip = { kind: "clip", weights: at("clip/model.safetensors"), network };

const configOf = (textEncoder: object | null) =>
  loadConfig("retrieve", [], {
    retrieve: merge(presetTrees()["cifar-nano"] ?? {}, {
      name: "retrieve",
      data: "scenes",
      image: { size: 16, count: 12 },
      engine: { threads: 1 },
      textEncoder,
    }),
  });

const texts = ["a red cat", "red"];

describe("retrieve", () => {
  it("by images finds the pictures of the largest cosine between CLIP's towers", async () => {
    const config = await configOf(clip);
    const { found, images } = await retrieve(config, { texts, count: 3, by: "images" });
    const { tensors: weights } = await readSafetensors(clip.weights);
    const own = { ...clipB32, ...network };
    const tokenizer = JSON.parse(readFileSync(at("clip/tokenizer.json"), "utf8")) as object;
    const pictures = (await openAll(config)).images;
    const all = await Promise.all(Array.from({ length: 12 }, (_, row) => pictures.at(row)));
    const shown = {
      dtype: "f32",
      shape: [12, 3, 16, 16],
      data: new Float32Array(all.flatMap(({ image }) => [...image.data])),
    } as const;
    const [x, y] = [
      await clipPictures(own, { weights }).encode(shown),
      await clipTexts(own, { weights, tokenizer }).encode(texts),
    ];
    const row = ({ data }: typeof x, i: number): readonly number[] => Array.from(data.subarray(12 * i, 12 * i + 12));
    const cosine = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, value, k) => sum + value * (b[k] as number), 0) / Math.hypot(...a) / Math.hypot(...b);
    for (const [i, { text, pictures: near }] of found.entries()) {
      const scores = all.map((_, picture) => cosine(row(y, i), row(x, picture)));
      const order = scores.map((_, picture) => picture).sort((a, b) => (scores[b] as number) - (scores[a] as number));
      expect([text, near.map((one) => one.row)]).toEqual([texts[i], order.slice(0, 3)]);
      expect(near.map(({ score }) => score)).toBeAllclose(
        order.slice(0, 3).map((one) => scores[one] as number),
        { atol: 2e-3 },
      );
      expect(near.every(({ caption }) => caption === undefined)).toBe(true);
    }
    expect(takeRows(images, [0]).data).toEqual(all[found[0]?.pictures[0]?.row ?? -1]?.image.data);
  });

  it("refuses pictures of another width than the texts, and no text encoder", async () => {
    await expect(retrieve(await configOf(null), { texts, count: 1 })).rejects.toThrow(/needs a text encoder, got none/);
    const alone = { ...clip, weights: at("clip-text/model.safetensors") };
    await expect(retrieve(await configOf(alone), { texts, count: 1, by: "images" })).rejects.toThrow(/missing/);
  });
});
