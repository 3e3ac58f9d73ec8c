import "@gmem/testing";
import { array, key, type NDArray } from "@gmem/tensor";
import fc from "fast-check";
import { expect, it } from "vitest";
import { blendTiles } from "./blend-tiles.ts";

/** Each pixel twice in both directions. */
const doubled = (x: NDArray<"f32">): NDArray<"f32"> => {
  const [n = 0, c = 0, h = 0, w = 0] = x.shape;
  const out = new Float32Array(4 * x.data.length);
  for (let i = 0; i < out.length; i++) {
    const [row, column] = [Math.floor(i / (2 * w)), i % (2 * w)];
    const plane = Math.floor(row / (2 * h));
    out[i] = x.data[(plane * h + ((row % (2 * h)) >> 1)) * w + (column >> 1)] as number;
  }
  return array(out, [n, c, 2 * h, 2 * w]);
};

it("tiles of a network that looks at single pixels give its whole output, whatever the sizes", async () => {
  const size = fc.integer({ min: 1, max: 9 });
  await fc.assert(
    fc.asyncProperty(size, size, fc.integer({ min: 1, max: 6 }), async (height, width, tile) => {
      const x = key(height * 10 + width).normal([2, 2, height, width]);
      const y = await blendTiles(x, { tile, input: 1, output: 2 }, async (part) => {
        expect(Math.max(...part.shape.slice(2))).toBeLessThanOrEqual(tile);
        return doubled(part);
      });
      expect(y).toBeAllclose(doubled(x), { atol: 1e-6, rtol: 1e-6 });
    }),
    { numRuns: 40 },
  );
});

it("two tiles meet without a jump", async () => {
  let call = 0;
  const blended = await blendTiles(key(0).normal([1, 1, 8, 14]), { tile: 8, input: 1, output: 1 }, async (part) => {
    const value = call++;
    return array(
      part.data.map(() => value),
      part.shape,
    ); // 0 on the left, 1 on the right
  });
  const row = [...blended.data.subarray(0, 14)];
  expect(row.slice(0, 6)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(row.slice(8)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(row[6]).toBeCloseTo(1 / 3);
  expect(row[7]).toBeCloseTo(2 / 3);
});
