import { mkdtempSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NDArray } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import sharp from "sharp";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetInterrupts } from "../../test/interrupts.ts";
import { untrainedRun } from "../../test/untrained-run.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-from-image-"));
const at = (...path: string[]): string => join(folder, ...path);
const sample = (options: object) => sampleRun(at("run"), { seed: 0, weights: "ema", count: 2, steps: 4, ...options });
const latents = async (options: object): Promise<NDArray> => {
  await sample({ latents: at("out.safetensors"), ...options });
  return (await readSafetensors(at("out.safetensors"))).tensors.latents as NDArray;
};
const raw = (pixel: (x: number, y: number) => number) =>
  sharp(Buffer.from(Array.from({ length: 64 }, (_, i) => Array<number>(3).fill(pixel(i % 8, i >> 3))).flat()), {
    raw: { width: 8, height: 8, channels: 3 },
  });
/** Pixels as latents: 2x − 1. */
const shade = (x: number, y: number): number => 16 * x + y;

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await untrainedRun(at("run"), {});
  await raw(shade).png().toFile(at("a photo.png"));
  await raw((x) => (x < 3 ? 255 : 0))
    .png()
    .toFile(at("mask.png"));
});

forgetInterrupts();

describe("gmem-train sample --from-image", () => {
  const fromImage = at("a photo.png");

  it("gives the picture back with strength 0, and with 1 draws as without it", async () => {
    const none = await latents({ fromImage, strength: 0 });
    const picture = Float32Array.from({ length: 192 }, (_, i) => (shade(i % 8, (i % 64) >> 3) / 255) * 2 - 1);
    expect(none.shape).toEqual([2, 3, 8, 8]);
    for (const [i, value] of none.data.entries()) expect(value).toBeCloseTo(picture[i % 192] as number, 6);
    for (const cfg of [1, 2]) {
      const plain = await latents({ cfg });
      expect((await latents({ fromImage, strength: 1, cfg })).data).toEqual(plain.data);
      expect((await latents({ fromImage, cfg })).data).not.toEqual(plain.data);
    }
  });

  it("draws where a mask is white and keeps the bits elsewhere", async () => {
    const [kept, drawn] = [
      await latents({ fromImage, strength: 0 }),
      await latents({ fromImage, mask: at("mask.png") }),
    ];
    const same = Array.from(drawn.data, (value, i) => value === kept.data[i]);
    expect(same).toEqual(same.map((_, i) => i % 8 >= 3));
  });

  it("names its file by the picture", async () => {
    await sample({ fromImage, strength: 0.5 });
    expect(await readdir(at("run/samples"))).toContain("seed-0-from-a-photo-png.png");
  });

  it.each([
    [{ strength: 0.5 }, /--strength and --mask are of --from-image/],
    [{ mask: "mask.png" }, /--strength and --mask are of --from-image/],
    [{ fromImage, strength: 1.5 }, /--strength must be in 0 … 1, got 1.5/],
    [{ fromImage, noise: "noise.npz" }, /does not go with --noise or --add/],
    [{ fromImage: at("nothing.png") }, /nothing\.png/],
    [{ fromImage, solver: "dopri5" }, /steps that are known beforehand/],
  ])("refuses %j", async (options, message) => {
    await expect(sample(options)).rejects.toThrow(message);
  });
});
