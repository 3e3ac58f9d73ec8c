import { readFile } from "node:fs/promises";
import { isGMemError } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../test/crc32.ts";
import { decodeImage } from "./decode-image.ts";

const fixture = (name: string): URL => new URL(`../../test/fixtures/${name}`, import.meta.url);

describe("decodeImage", () => {
  it("gives Pillow's RGB bytes for grey, CMYK, progressive, rotated, palette, one-bit and transparent images", async () => {
    const { decode } = JSON.parse(await readFile(fixture("pillow-crc.json"), "utf8"));
    for (const [file, width, height, crc] of decode) {
      const image = await decodeImage(await readFile(fixture(file)));
      expect([file, image.width, image.height, crc32(image.data)]).toEqual([file, width, height, crc]);
    }
    expect(decode).toHaveLength(10);
  });

  it.each(["prog.jpg", "rgba.png", "lossy.webp"])("refuses every cut of %s, code DATA", async (file) => {
    const bytes = await readFile(fixture(file));
    for (const share of [0, 0.1, 0.5, 0.9]) {
      const cut = decodeImage(bytes.subarray(0, Math.floor(share * bytes.length)));
      await expect(cut).rejects.toSatisfy((error) => isGMemError(error, "DATA"));
    }
  });

  it("never fails in another way, whatever bytes are damaged", async () => {
    const files = await Promise.all(
      ["prog.jpg", "cmyk.jpg", "rgba.png", "lossy.webp"].map((file) => readFile(fixture(file))),
    );
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), damage, async (file, changes) => {
        const bytes = Uint8Array.from(file);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const result = await decodeImage(bytes).catch((error: unknown) => error);
        if (isGMemError(result, "DATA")) return;
        const { width, height, data } = result as Awaited<ReturnType<typeof decodeImage>>;
        expect(data.length).toBe(3 * width * height);
      }),
      { numRuns: 120 },
    );
  });

  it("refuses other formats, even if they could be decoded, and names a missing file", async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>';
    await expect(decodeImage(new TextEncoder().encode(svg))).rejects.toThrow(/the format is svg/);
    await expect(decodeImage("/nowhere/cat.jpg")).rejects.toThrow(/"\/nowhere\/cat.jpg" must be a whole PNG/);
  });
});
