import { array, f32, key, type NDArray, referenceEngine, type Tensor, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { randomVgg, resized } from "./random-vgg.ts";
import { vggWeights } from "./vgg-trunk.ts";

async function shapeAfter(height: number, width: number, data?: NDArray<"f32">): Promise<NDArray> {
  const graph = trace({ feeds: { x: f32(1, 3, height, width) } }, ({ feeds }) => ({
    fetches: { y: resized(feeds.x as Tensor) },
  }));
  const x = data ?? key(0).uniform([1, 3, height, width]);
  return (await (await referenceEngine().compile(graph)).run({ x })).y as NDArray;
}

const first = (weights: ReturnType<typeof vggWeights>): Float32Array => (weights["0.0"] as NDArray<"f32">).data;

describe("randomVgg", () => {
  it("draws weights of variance 2/fan-in, the same for the same seed", () => {
    const weights = vggWeights(key(7));
    expect(Buffer.compare(Buffer.from(first(weights).buffer), Buffer.from(first(vggWeights(key(7))).buffer))).toBe(0);
    expect(Object.values(weights).map(({ shape }) => shape[0])).toEqual([64, 64, 128, 128, 256, 256, 256]);
    const { data } = weights["2.1"] as NDArray<"f32">;
    const variance = data.reduce((sum, value) => sum + value ** 2, 0) / data.length;
    expect((variance * 9 * 256) / 2).toBeCloseTo(1, 1);
  });
  it("brings the shorter side to 32…63 pixels", async () => {
    expect((await shapeAfter(16, 20)).shape).toEqual([1, 3, 32, 40]);
    expect((await shapeAfter(10, 10)).shape).toEqual([1, 3, 40, 40]);
    expect((await shapeAfter(63, 70)).shape).toEqual([1, 3, 63, 70]);
    expect((await shapeAfter(65, 64)).shape).toEqual([1, 3, 32, 32]);
    const checks = array(
      Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => i % 2),
      [1, 3, 64, 64],
    );
    expect((await shapeAfter(64, 64, checks)).data.every((value) => value === 0.5)).toBe(true);
  });
  it("says what it needs and which network it is", async () => {
    const encoder = randomVgg({ engine: referenceEngine(), seed: 3 });
    expect([encoder.name, encoder.dim, encoder.id]).toEqual(["random-vgg", 448, "random-vgg-3"]);
    await expect(encoder.encode(array(new Float32Array(64), [1, 1, 8, 8]))).rejects.toMatchObject({ code: "SHAPE" });
  });
});
