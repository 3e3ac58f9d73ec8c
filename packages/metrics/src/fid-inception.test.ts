import { fileURLToPath } from "node:url";
import { array, type Named, type NDArray, referenceEngine } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import { fidInception } from "./fid-inception.ts";

let tensors: Named<NDArray>;
let weights: Named<NDArray>;
beforeAll(async () => {
  const path = fileURLToPath(new URL("../test/fixtures/inception_fid_narrow.a.safetensors", import.meta.url));
  tensors = (await readSafetensors(path)).tensors;
  const entries = Object.entries(tensors).filter(([name]) => name.startsWith("w/"));
  weights = Object.fromEntries(entries.map(([name, value]) => [name.slice(2), value]));
});

describe("fidInception", () => {
  it("gives the original's features in blocks, its logits without the bias, and spatial ones of 17 × 17", async () => {
    const inception = await fidInception({ engine: referenceEngine(), weights, resize: "pytorch-fid", batchSize: 1 });
    expect(inception.id).toBe("inception-2015-12-05-pytorch-fid");
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
  it("refuses other shapes and names a missing parameter", async () => {
    const { "Mixed_6b.branch1x1.conv.weight": _, ...rest } = weights;
    const inception = await fidInception({ engine: referenceEngine(), weights: rest });
    await expect(inception.features(array([1], [1, 1, 1, 1]))).rejects.toMatchObject({ code: "SHAPE" });
    const x = tensors["in/x"] as NDArray<"f32">;
    await expect(inception.features(x)).rejects.toThrow(/Mixed_6b\.branch1x1\.conv\.weight/);
    await inception.dispose();
  });
});
