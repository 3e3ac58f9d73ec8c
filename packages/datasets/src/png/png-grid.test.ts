import { array, full } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { decodeImage, encodePng, pngGrid, toArray, toBytes } from "./index.ts";

describe("encodePng", () => {
  it("keeps every byte, and rounds and clamps other values as the reference samplers do", async () => {
    const bytes = { width: 16, height: 16, data: Uint8Array.from({ length: 768 }, (_, i) => i % 256) };
    expect((await decodeImage(await encodePng(bytes))).data).toEqual(bytes.data);
    expect(toBytes(toArray(bytes)).data).toEqual(bytes.data);
    const values = array([-1, 0.5, 2], [3, 1, 1]);
    expect([...(await decodeImage(await encodePng(values))).data]).toEqual([0, 128, 255]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses pixels of %s, which would be black or white",
    async (value) => {
      const image = full([3, 2, 2], 0.5);
      image.data[5] = value;
      const refusal = { code: "NON_FINITE", message: expect.stringContaining(`got ${value} at [1,0,1]`) };
      await expect(encodePng(image)).rejects.toMatchObject(refusal);
      await expect(pngGrid({ ...image, shape: [1, 3, 2, 2] })).rejects.toMatchObject(refusal);
    },
  );

  it("refuses what is no image", async () => {
    await expect(encodePng(full([1, 3, 4, 4], 0))).rejects.toThrow(/needs an image \[3,H,W\]/);
  });
});

describe("pngGrid", () => {
  it("puts images row by row between white gaps, each pixel as a square", async () => {
    const images = array(
      Float32Array.from({ length: 3 * 3 * 4 }, (_, i) => Math.floor(i / 12) / 5),
      [3, 3, 2, 2],
    );
    const page = await decodeImage(await pngGrid(images, { columns: 2, scale: 3, gap: 1 }));
    expect([page.width, page.height]).toEqual([15, 15]);
    const at = (x: number, y: number): number => page.data[3 * (y * page.width + x)] as number;
    expect([at(0, 0), at(1, 1), at(6, 6), at(7, 6), at(8, 1), at(1, 8), at(8, 8)]).toEqual([
      255, 0, 0, 255, 51, 102, 255,
    ]);
  });

  it("refuses counts that cannot be", async () => {
    await expect(pngGrid(full([1, 3, 2, 2], 0), { scale: 0.5 })).rejects.toThrow(/scale must be/);
    await expect(pngGrid(full([3, 2, 2], 0))).rejects.toThrow(/\[N,3,H,W\]/);
  });
});
