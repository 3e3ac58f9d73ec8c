import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../test/crc32.ts";
import { admCenterCrop } from "./adm-center-crop.ts";
import { type FilterName, filters } from "./filters.ts";
import { resize } from "./resize.ts";
import type { RgbImage } from "./rgb-image.ts";

const fixture = (name: string): URL => new URL(`../../test/fixtures/${name}`, import.meta.url);
const filterNames = Object.keys(filters) as FilterName[];

/** Pixels of the generator that the checksums were made with. */
function generated(width: number, height: number, seed: number): RgbImage {
  let state = seed;
  const data = Uint8Array.from({ length: 3 * width * height }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { width, height, data };
}

describe("resize", () => {
  it("gives Pillow's bytes for every filter, up and down, to one pixel and from one", async () => {
    const golden = JSON.parse(await readFile(fixture("pillow-crc.json"), "utf8"));
    for (const [width, height, newWidth, newHeight, seed, filter, crc] of golden.resize) {
      const out = resize(generated(width, height, seed), { width: newWidth, height: newHeight, filter });
      expect([width, height, newWidth, newHeight, filter, crc32(out.data)]).toEqual([
        width,
        height,
        newWidth,
        newHeight,
        filter,
        crc,
      ]);
    }
    for (const [width, height, size, seed, crc] of golden.crop)
      expect([width, height, size, crc32(admCenterCrop(generated(width, height, seed), size).data)]).toEqual([
        width,
        height,
        size,
        crc,
      ]);
  });

  it("keeps one colour one colour, and an image of the same size as it is", () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, fc.constantFrom(...filterNames), fc.nat(255), (w, h, W, H, filter, value) => {
        const flat = { width: w, height: h, data: new Uint8Array(3 * w * h).fill(value) };
        const out = resize(flat, { width: W, height: H, filter });
        expect([out.width, out.height, out.data.length]).toEqual([W, H, 3 * W * H]);
        expect(out.data.every((byte) => byte === value)).toBe(true);
        const noise = generated(w, h, value);
        expect(resize(noise, { width: w, height: h, filter }).data).toEqual(noise.data);
      }),
    );
  });

  it("commutes with mirroring up to the rounding", () => {
    const side = fc.integer({ min: 2, max: 30 });
    fc.assert(
      fc.property(
        side,
        side,
        side,
        fc.constantFrom<FilterName>("bilinear", "bicubic", "lanczos"),
        (w, h, W, filter) => {
          const image = generated(w, h, w * h);
          const options = { width: W, height: h, filter };
          const there = mirror(resize(image, options)).data;
          const back = resize(mirror(image), options).data;
          expect(there.every((byte, at) => Math.abs(byte - (back[at] as number)) <= 1)).toBe(true);
        },
      ),
    );
  });

  it("refuses sizes below one, unknown filters and wrong byte counts", () => {
    const image = generated(4, 4, 1);
    expect(() => resize(image, { width: 0, height: 4, filter: "box" })).toThrow(/whole numbers of 1 or more, got 0×4/);
    expect(() => resize(image, { width: 4, height: 4, filter: "nearest" as FilterName })).toThrow(/box, bilinear/);
    expect(() => resize({ ...image, width: 5 }, { width: 4, height: 4, filter: "box" })).toThrow(/three bytes each/);
    expect(() => admCenterCrop(image, 0)).toThrow(/size must be/);
  });
});

describe("admCenterCrop", () => {
  it("is bit-equal to the reference crops of four photographs' shapes", async () => {
    const { tensors } = await tensorsOf("adm_center_crop.a.safetensors");
    let compared = 0;
    for (const [name, expected] of tensors) {
      const match = /^out\/(.*)_to(\d+)$/.exec(name);
      if (!match) continue;
      const source = tensors.get(`in/${match[1]}`) as Stored;
      const [height, width] = source.shape as [number, number];
      const out = admCenterCrop({ width, height, data: Uint8Array.from(source.data) }, Number(match[2]));
      expect([...out.data]).toEqual([...expected.data]);
      compared++;
    }
    expect(compared).toBe(4);
  });
});

interface Stored {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The float32 tensors of a small safetensors file. */
async function tensorsOf(name: string): Promise<{ tensors: Map<string, Stored> }> {
  const bytes = await readFile(fixture(name));
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { shape: number[]; data_offsets: [number, number] }> = JSON.parse(
    bytes.toString("utf8", 8, end),
  );
  const tensors = new Map<string, Stored>();
  for (const [key, entry] of Object.entries(header)) {
    if (key === "__metadata__") continue;
    const [from, to] = entry.data_offsets;
    tensors.set(key, {
      shape: entry.shape,
      data: new Float32Array(Uint8Array.from(bytes.subarray(end + from, end + to)).buffer),
    });
  }
  return { tensors };
}

function mirror({ width, height, data }: RgbImage): RgbImage {
  const out = new Uint8Array(data.length);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++)
      for (let channel = 0; channel < 3; channel++)
        out[3 * (row * width + column) + channel] = data[3 * (row * width + width - 1 - column) + channel] as number;
  return { width, height, data: out };
}
