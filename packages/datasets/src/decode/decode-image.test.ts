import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isGMemError } from "@gmem/tensor";
import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../test/crc32.ts";
import { picture, quarters } from "../../test/pictures.ts";
import { decodeImage } from "./decode-image.ts";
import type { UnusableImageError } from "./unusable-image.ts";

const fixture = (name: string): URL => new URL(`../../test/fixtures/${name}`, import.meta.url);
const near = (found: number[][], wanted: number[][]): void => {
  const distance = Math.max(...found.flat().map((value, i) => Math.abs(value - (wanted.flat()[i] as number))));
  expect(distance, `${JSON.stringify(found)} for ${JSON.stringify(wanted)}`).toBeLessThanOrEqual(14);
};
const [red, green, blue, white] = [
  [230, 20, 20],
  [20, 200, 20],
  [20, 20, 230],
  [250, 250, 250],
];
const upright = [red, green, blue, white] as number[][];
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const refusal = async (bytes: Uint8Array): Promise<UnusableImageError> => {
  const error = await decodeImage(bytes).catch((reason: unknown) => reason);
  expect(isGMemError(error, "DATA")).toBe(true);
  return error as UnusableImageError;
};

describe("a picture as a person sees it", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("is turned as EXIF orientation %i says", async (orientation) => {
    // the inverse of each turn, written by hand: what a camera in that position stores
    const stored = {
      1: picture(),
      2: picture().flop(),
      3: picture().rotate(180),
      4: picture().flip(),
      5: sharp(await picture().rotate(90).png().toBuffer()).flop(),
      6: picture().rotate(270),
      7: sharp(await picture().rotate(270).png().toBuffer()).flop(),
      8: picture().rotate(90),
    }[orientation] as Sharp;
    for (const format of ["jpeg", "png", "webp"] as const) {
      const file = await stored.clone().withMetadata({ orientation })[format]().toBuffer();
      const image = await decodeImage(file);
      expect([image.width, image.height]).toEqual([24, 16]);
      near(quarters(image), upright);
    }
  });

  it("shows the background through transparency, white unless another colour is given", async () => {
    const hidden = { r: 200, g: 0, b: 0 }; // under full transparency
    const half = { create: { width: 8, height: 8, channels: 4, background: { ...hidden, alpha: 0.5 } } } as const;
    const clear = { create: { width: 8, height: 8, channels: 4, background: { ...hidden, alpha: 0 } } } as const;
    for (const format of ["png", "webp"] as const) {
      const options = format === "webp" ? { lossless: true, exact: true } : {};
      const [none, some] = await Promise.all([clear, half].map((input) => sharp(input)[format](options).toBuffer()));
      expect([...(await decodeImage(none as Buffer)).data.subarray(0, 3)]).toEqual([255, 255, 255]);
      near([[...(await decodeImage(some as Buffer)).data.subarray(0, 3)]], [[227, 127, 127]]);
      const black = await decodeImage(some as Buffer, { background: "#000000" });
      near([[...black.data.subarray(0, 3)]], [[100, 0, 0]]);
      expect([...(await decodeImage(none as Buffer, { decode: "pillow" })).data.subarray(0, 3)]).toEqual([200, 0, 0]);
    }
    await expect(decodeImage(text("x"), { background: "grey" })).rejects.toThrow(/background must be a colour/);
  });

  it("has colours of sRGB, whatever profile the file has", async () => {
    const p3 = await picture().withIccProfile("p3").jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer();
    near(quarters(await decodeImage(p3)), upright);
    const raw = quarters(await decodeImage(p3, { decode: "pillow" }));
    expect(Math.abs((raw[0]?.[0] as number) - 230)).toBeGreaterThan(14); // what was learned from before: muted red
    const same = await picture().withIccProfile("srgb").png().toBuffer();
    expect((await decodeImage(same)).data).toEqual((await decodeImage(await picture().png().toBuffer())).data);
  });

  it("is the first frame of a GIF, and read from AVIF and TIFF", async () => {
    const frames = await Promise.all([picture(), picture().negate()].map((image) => image.png().toBuffer()));
    const moving = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(moving).metadata()).pages).toBe(2);
    near(quarters(await decodeImage(moving)), upright);
    near(quarters(await decodeImage(await picture().avif({ quality: 90 }).toBuffer())), upright);
    near(quarters(await decodeImage(await picture().tiff({ compression: "lzw" }).toBuffer())), upright);
    near(quarters(await decodeImage(await picture().tiff().toBuffer())), upright);
    await expect(decodeImage(moving, { decode: "pillow" })).rejects.toThrow(/GIF: read as seen only/);
  });

  it("has the bytes of Pillow where nothing is to be turned, blended or converted", async () => {
    const { decode } = JSON.parse(await readFile(fixture("pillow-crc.json"), "utf8"));
    const plain = decode.filter(([file]: [string]) => !/exif|rgba|palt|la\.png/.test(file));
    expect(plain.length).toBeGreaterThan(3);
    for (const [file, , , crc] of plain)
      expect(crc32((await decodeImage(await readFile(fixture(file)))).data)).toBe(crc);
  });
});

describe("decodeImage", () => {
  it("gives Pillow's RGB bytes on request for grey, CMYK, progressive, rotated, palette, one-bit and transparent images", async () => {
    const { decode } = JSON.parse(await readFile(fixture("pillow-crc.json"), "utf8"));
    for (const [file, width, height, crc] of decode) {
      const image = await decodeImage(await readFile(fixture(file)), { decode: "pillow" });
      expect([file, image.width, image.height, crc32(image.data)]).toEqual([file, width, height, crc]);
    }
    expect(decode).toHaveLength(10);
  });

  it.each(["jpeg", "png", "webp", "gif", "tiff", "avif"] as const)(
    "refuses every cut of a %s, code DATA",
    async (format) => {
      const bytes = await picture()[format]().toBuffer();
      for (const share of [0.1, 0.5, 0.9, 0.99])
        expect((await refusal(bytes.subarray(0, Math.floor(share * bytes.length)))).kind).toMatch(
          /cut short|damaged|unknown format|text/,
        );
      expect((await refusal(new Uint8Array())).kind).toBe("empty");
    },
  );

  it.each([{}, { bigtiff: true }, { tile: true, tileWidth: 16, tileHeight: 16 }, { compression: "none" }] as const)(
    "refuses a TIFF at whatever byte it is cut unless it has all its pixels: %o",
    async (options) => {
      const bytes = await picture().resize(48, 32, { kernel: "nearest" }).tiff(options).toBuffer();
      const whole = await decodeImage(bytes);
      near(quarters(whole), upright);
      let refused = 0;
      for (let length = 8; length < bytes.length; length += 1 + Math.floor(bytes.length / 80)) {
        const result = await decodeImage(bytes.subarray(0, length)).catch((error: unknown) => error);
        if (isGMemError(result, "DATA")) refused++;
        else expect(result).toEqual(whole);
      }
      expect(refused).toBeGreaterThan(40);
    },
  );

  it("refuses a PNG with a wrong checksum in any chunk, and names it", async () => {
    const file = await picture().withMetadata({ density: 90 }).png().toBuffer();
    const names: string[] = [];
    for (let at = 8; at < file.length; ) {
      const length = file.readUInt32BE(at);
      names.push(file.toString("latin1", at + 4, at + 8));
      const bad = Uint8Array.from(file);
      (bad[at + 8 + length] as number) ^= 1;
      const { kind, reason } = await refusal(bad);
      expect(kind).toBe("damaged");
      expect(reason).toContain(`chunk "${names.at(-1)}"`);
      at += 12 + length;
    }
    expect(names).toEqual(expect.arrayContaining(["IHDR", "pHYs", "IDAT", "IEND"]));
  });

  it("gives each file its own reason, whatever is decoded beside it", async () => {
    const jpeg = await picture().jpeg().toBuffer();
    const png = await picture().png().toBuffer();
    const files = [jpeg.subarray(0, jpeg.length - 40), png.subarray(0, 90), text("hello"), new Uint8Array()];
    const found = await Promise.all([...files, ...files, ...files].map(async (file) => (await refusal(file)).reason));
    const wanted = [
      "cut short: the JPEG data ends early",
      expect.stringMatching(/^cut short: the PNG data ends within its chunk/),
      "text: no picture",
      "empty",
    ];
    expect(found).toEqual([...wanted, ...wanted, ...wanted]);
  });

  it("never fails in another way, whatever bytes are damaged", async () => {
    const made = [picture().gif(), picture().avif({ effort: 0 }), picture().tiff({ compression: "lzw" })];
    const files = await Promise.all([
      ...["prog.jpg", "cmyk.jpg", "rgba.png", "lossy.webp"].map((file) => readFile(fixture(file))),
      ...made.map((file) => file.toBuffer()),
    ]);
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
      { numRuns: 160 },
    );
  });

  it("refuses drawings by their first bytes, behind the signature of a picture too, and names a missing file", async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>';
    for (const start of ["", '<?xml version="1.0"?>\n', "GIF89a", "RIFF0000WEBPVP8 "])
      expect((await refusal(text(start + svg))).kind).toBe("SVG");
    expect((await refusal(Uint8Array.of(0x1f, 0x8b, 8, 0))).kind).toBe("unknown format");
    const { kind, reason } = await refusal(text("BM0000\0\0\0\0"));
    expect([kind, reason]).toEqual(["BMP", "BMP: read are PNG, JPEG, WebP, GIF, AVIF and TIFF"]);
    await expect(decodeImage("/nowhere/cat.jpg")).rejects.toThrow(/"\/nowhere\/cat.jpg".*unreadable: no such file$/);
    await expect(decodeImage(tmpdir())).rejects.toThrow(/unreadable: a folder$/);
  });

  it("tells HEIC and films from AVIF, whatever the name", async () => {
    const box = (brand: string, ...others: string[]): Uint8Array =>
      text(`\0\0\0${String.fromCharCode(16 + 4 * others.length)}ftyp${brand}\0\0\0\0${others.join("")}mdat`);
    expect((await refusal(box("heic", "mif1"))).kind).toBe("HEIC");
    expect((await refusal(box("mif1", "heic"))).kind).toBe("HEIC");
    expect((await refusal(box("isom", "mp42"))).kind).toBe("film");
    expect((await refusal(box("mif1", "avif"))).kind).toBe("damaged"); // taken for an AVIF, and is none
  });
});
