import { full, zeros } from "@gmem/tensor";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage, describedPng, encodePng, readDescription } from "./index.ts";

describe("a picture that says how it was made", () => {
  const settings = { expression: '"a<b" & c > d', seed: 3, guidanceInterval: [0, 0.5] };

  it("is read back as it was written, pixels as they were", async () => {
    const png = await encodePng(full([3, 4, 4], 0.3));
    const said = await describedPng(png, { texts: ["a <red> heart", "& more"], settings });
    expect(await readDescription(said)).toEqual({ texts: ["a <red> heart", "& more"], settings });
    expect((await decodeImage(said)).data).toEqual((await decodeImage(png)).data);
  });

  it("keeps it as JPEG and WebP", async () => {
    const said = await describedPng(await encodePng(zeros([3, 4, 4])), { settings });
    for (const kind of ["jpeg", "webp"] as const)
      expect(await readDescription(await sharp(said).keepXmp().toFormat(kind).toBuffer())).toEqual({ settings });
  });

  it("says nothing where nothing was written", async () => {
    const png = await encodePng(zeros([3, 4, 4]));
    expect(await describedPng(png, {})).toBe(png);
    expect(await readDescription(png)).toEqual({});
    const foreign = await sharp(png).withXmp("<x:xmpmeta><gmem:settings>{}</gmem:settings></x:xmpmeta>").toBuffer();
    expect(await readDescription(foreign)).toEqual({});
    await expect(readDescription(new Uint8Array(40))).rejects.toMatchObject({ code: "DATA" });
    await expect(describedPng(png, { settings: { a: "x".repeat(30_000) } })).rejects.toMatchObject({ code: "CONFIG" });
  });
});
