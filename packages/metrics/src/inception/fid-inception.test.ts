import { fileURLToPath } from "node:url";
import { array, evaluate, type Named, type NDArray, referenceEngine, trace } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import { fidInception } from "./fid-inception.ts";
import { inceptionFeatures, inceptionInput } from "./inception.ts";

let tensors: Named<NDArray>;
let weights: Named<NDArray>;
beforeAll(async () => {
  const path = fileURLToPath(new URL("../../test/fixtures/inception_fid_narrow.a.safetensors", import.meta.url));
  tensors = (await readSafetensors(path)).tensors;
  const entries = Object.entries(tensors).filter(([name]) => name.startsWith("w/"));
  weights = Object.fromEntries(entries.map(([name, value]) => [name.slice(2), value]));
});

describe("fidInception", () => {
  it("gives the original's features in blocks, its logits without the bias, and spatial ones of 17 × 17", async () => {
    const inception = await fidInception({ engine: referenceEngine(), weights, resize: "pytorch-fid", batchSize: 1 });
    expect(inception.id).toMatch(/^inception-2015-12-05-pytorch-fid-[0-9a-f]{16}$/);
    const { pool, spatial, logits } = await inception.features(tensors["in/x"] as NDArray<"f32">);
    const close = (values: Iterable<number>): unknown[] => Array.from(values, (value) => expect.closeTo(value, 4));
    expect([...pool.data]).toEqual(close((tensors["out/pool3"] as NDArray<"f32">).data));
    const bias = (weights["fc.bias"] as NDArray<"f32">).data;
    const expected = (tensors["out/fc_logits"] as NDArray<"f32">).data.map(
      (value, i) => value - (bias[i % bias.length] as number),
    );
    expect([...logits.data]).toEqual(close(expected));
    expect(spatial.shape).toEqual([2, 7 * 17 * 17]);
    await inception.dispose();
  });
  it("lays spatial features out position first, channel last, as ADM's statistics of sFID do", async () => {
    const x = tensors["in/x"] as NDArray<"f32">;
    const inception = await fidInception({ engine: referenceEngine(), weights, resize: "pytorch-fid", batchSize: 2 });
    const { spatial } = await inception.features(x);
    await inception.dispose();
    const graph = trace({ feeds: { x }, state: weights }, ({ feeds, state }) => ({
      fetches: { map: inceptionFeatures(state, inceptionInput(feeds.x, "pytorch-fid")).spatial }, // [2,7,17,17]
    }));
    const map = evaluate(graph, { x }, weights).fetches.map as NDArray<"f32">;
    const [image, channel, row, column] = [1, 3, 5, 11];
    const at = ((image * 7 + channel) * 17 + row) * 17 + column;
    expect(spatial.data[((image * 17 + row) * 17 + column) * 7 + channel]).toBeCloseTo(map.data[at] as number, 5);
    for (let p = 0; p < 289; p++)
      for (let c = 0; c < 7; c++)
        expect(Math.abs((spatial.data[p * 7 + c] as number) - (map.data[c * 289 + p] as number))).toBeLessThan(1e-5);
    expect(new Set(map.data.subarray(0, 289)).size).toBeGreaterThan(200); // positions differ, so that orders do
  });
  it("refuses other shapes and names a missing parameter", async () => {
    const { "Mixed_6b.branch1x1.conv.weight": _, ...rest } = weights;
    const inception = await fidInception({ engine: referenceEngine(), weights: rest });
    await expect(inception.features(array([1], [1, 1, 1, 1]))).rejects.toMatchObject({ code: "SHAPE" });
    const x = tensors["in/x"] as NDArray<"f32">;
    await expect(inception.features(x)).rejects.toThrow(/Mixed_6b\.branch1x1\.conv\.weight/);
    await inception.dispose();
  });
});
