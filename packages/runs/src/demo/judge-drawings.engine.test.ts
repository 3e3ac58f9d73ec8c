import { loadImages } from "@gmem/datasets";
import { onnxEngine } from "@gmem/engine-onnx";
import { conditioner } from "@gmem/t2s";
import type { Engine, NDArray } from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConfig } from "../config/load.ts";
import type { RunConfig } from "../config/schema.ts";
import type { RunSampler } from "../open/run-sampler.ts";
import { openSplitDrawings } from "../parts/open-drawings.ts";
import { judgeDrawings } from "./judge-drawings.ts";
import { nearestConcepts } from "./nearest-concepts.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await onnxEngine({ threads: 1 });
});
afterAll(() => engine.dispose());

const config: RunConfig = checkConfig(
  {
    name: "judged",
    batch: 1,
    backbone: { kind: "sit", patchSize: 4, depth: 1, hiddenSize: 8, heads: 2 },
    data: "drawings:fluent-emoji-flat,fluent-emoji-high-contrast",
    image: { size: 32 },
    conditioner: { kind: "t2s" },
    textEncoder: { kind: "hashed-words", dim: 8 },
    steps: 1,
  },
  "test",
);

/** Draws, in place of a network, the real drawing of each caption. */
async function sampler(): Promise<RunSampler> {
  const { images } = await openSplitDrawings(config);
  const rowOf = new Map<string, number>();
  for (let row = 0; row < images.length; row++) rowOf.set((await images.captionsAt(row))[1] as string, row);
  const draw = async ({ request }: { request: unknown }): Promise<{ images: NDArray<"f32"> }> => {
    const { text } = request as { text: readonly string[] };
    return {
      images: await loadImages(
        images,
        Int32Array.from(text, (one) => rowOf.get(one) as number),
      ),
    };
  };
  return { draw, batchSize: 64 } as unknown as RunSampler;
}

describe("the judge of drawings", () => {
  it("finds the concept of what was drawn in each group, at another size than its own, and nothing by chance", async () => {
    const run = {
      config,
      engine,
      conditioner: conditioner({ textDim: 8, snippetDim: 4 }),
      files: { encoder: "" },
      sampler,
    };
    const { trained, heldOutPairs, heldOutConcepts, shuffled } = await judgeDrawings(run);
    for (const { nearest, amongFive, group } of [trained, heldOutPairs, heldOutConcepts]) {
      expect(nearest.share).toBeGreaterThan(0.9); // some concepts look alike at 16 pixels
      expect(amongFive.share).toBeGreaterThanOrEqual(nearest.share);
      expect(group.share).toBeGreaterThanOrEqual(nearest.share);
    }
    expect(trained.nearest.count).toBe(192);
    expect(shuffled.nearest.share).toBeLessThan(0.02);
    expect(shuffled.group.share).toBeLessThan(0.4); // one group of eight has a third of the concepts
  });

  it("takes a run of drawings only", async () => {
    const run = { config: { ...config, data: "scenes" }, engine, conditioner: {}, files: {}, sampler } as never;
    await expect(judgeDrawings(run)).rejects.toMatchObject({
      code: "CONFIG",
      message: /needs a run of drawings, got data=scenes/,
    });
  });
});

it("a concept is as near as its nearest drawing, whatever the lengths", () => {
  const real = { dtype: "f32", shape: [4, 2], data: Float32Array.of(1, 0, 0, 3, 2, 2, -1, 0) } as const;
  const pictures = { dtype: "f32", shape: [2, 2], data: Float32Array.of(0, 0.1, 5, 4) } as const;
  const conceptOf = Int32Array.of(7, 8, 7, 9);
  expect(nearestConcepts(pictures, { real, conceptOf, count: 2 })).toEqual([
    [8, 7],
    [7, 8],
  ]);
  const none = { dtype: "f32", shape: [1, 2], data: new Float32Array(2) } as const;
  expect(() => nearestConcepts(none, { real, conceptOf, count: 2 })).toThrow(/must have a direction, got 0 in row 0/);
});
