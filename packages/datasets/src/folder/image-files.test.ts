import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodePng } from "../png/index.ts";
import { BadImagesError, imageFiles } from "./index.ts";

const root = await mkdtemp(join(tmpdir(), "gmem-files-"));
const at = (...parts: readonly string[]): string => join(root, ...parts);
const options = { size: 8, minSize: 8 };

beforeAll(async () => {
  await mkdir(at("album", "more"), { recursive: true });
  for (const [name, width] of Object.entries({
    "z.png": 12,
    "album/b.png": 12,
    "album/more/a.png": 9,
    "album/tiny.png": 4,
  }))
    await writeFile(at(name), await encodePng({ width, height: 9, data: new Uint8Array(3 * width * 9).fill(90) }));
  await writeFile(at("album", "notes.txt"), "words");
  await writeFile(at("old.bmp"), "BM\0\0\0\0");
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("imageFiles", () => {
  it("takes files and the pictures of folders in the order of their names", async () => {
    const found = await imageFiles([at("z.png"), at("album")], { ...options, onBad: "skip" });
    expect(found.files).toEqual([at("z.png"), at("album/b.png"), at("album/more/a.png")]);
    expect((await found.at(2)).image.shape).toEqual([3, 8, 8]);
    expect(found.report.leftOut.map(({ file, kind }) => [file, kind])).toEqual([
      [at("album/tiny.png"), "too small"],
      [at("album/notes.txt"), "no picture"],
    ]);
  });

  it("refuses files named themselves that cannot be used, all at once and each with its reason", async () => {
    const named = imageFiles([at("z.png"), at("album/tiny.png"), at("old.bmp"), at("none.png")], options);
    const error = await named.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BadImagesError);
    expect((error as BadImagesError).bad.map(({ reason }) => reason)).toEqual([
      "too small: 4×9 pixels, needs 8 on the shorter side",
      "BMP: read are PNG, JPEG, WebP, GIF, AVIF and TIFF",
      "unreadable: no such file",
    ]);
    await expect(imageFiles([at("album")], options)).rejects.toThrow(/got 1 of 3 that are not.*\n {2}.*tiny\.png/);
    await expect(imageFiles([], options)).rejects.toThrow(/got none/);
  });
});
