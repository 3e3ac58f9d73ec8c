import { mkdtempSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, key, type NDArray } from "@gmem/tensor";
import { readSafetensors, writeNpz, writeSafetensors, writeTorch } from "@gmem/weights";
import sharp from "sharp";
import "@gmem/testing";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetInterrupts } from "../../test/interrupts.ts";
import { untrainedRun } from "../../test/untrained-run.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-sample-"));
const at = (...path: string[]): string => join(folder, ...path);
const noise = key(0).normal([3, 3, 8, 8]);
const sample = (options: object) =>
  sampleRun(at("run"), { seed: 0, weights: "ema", latents: at("out.safetensors"), ...options });
const latents = async (options: object): Promise<NDArray> => {
  await sample(options);
  return (await readSafetensors(at("out.safetensors"))).tensors.latents as NDArray;
};

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await untrainedRun(at("run"), {});
  await writeSafetensors(at("noise.safetensors"), { noise });
  await writeNpz(at("noise.npz"), { noise });
  await writeTorch(at("noise.pt"), { noise });
});

forgetInterrupts();

describe("gmem-train sample", () => {
  it("draws a picture of a grid alone, with equal bits at one batch size", async () => {
    const four = (first: number) => latents({ count: 4, first, seed: 5 });
    const [grid, later] = [await four(0), await four(2)];
    const size = grid.data.length / 4;
    expect(later.data.subarray(0, 2 * size)).toEqual(grid.data.subarray(2 * size));
    const alone = await latents({ seed: 5, first: 2 });
    expect(alone.shape[0]).toBe(1);
    expect(alone).toBeAllclose({ ...alone, data: grid.data.slice(2 * size, 3 * size) } as NDArray, { atol: 1e-5 });
    expect((await latents({ seed: 5 })).shape[0]).toBe(16);
  });

  it("takes rows in turn: a picture each, or as many as are counted", async () => {
    const [each, five] = [await latents({ rows: "3,7", count: 2 }), await latents({ rows: "3,7", count: 5 })];
    expect((await latents({ rows: "3,7" })).data).toEqual(each.data);
    expect((await latents({ rows: "3" })).shape[0]).toBe(1);
    expect((await latents({ rows: "3", count: 8 })).shape[0]).toBe(8);
    expect(five.shape[0]).toBe(5);
    const listed = await latents({ rows: "3,7,3,7,3" });
    expect(five.data).toEqual(listed.data);
    await expect(sample({ rows: "1,2,3", count: 2 })).rejects.toThrow(/3 rows need 3 pictures or more, got 2/);
  });

  it.each(["3,,4", "", "3,", " ", "1.5", "-1", "0x3", "1e1"])("refuses the rows %j", async (rows) => {
    await expect(sample({ rows })).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringMatching(/--rows needs row/),
    });
    await expect(sample({ interpolate: rows })).rejects.toThrow(/--interpolate needs/);
  });

  it("keeps every picture that has no name of its own, and writes PNG or JPEG by the name it is given", async () => {
    const draw = (options: object) => sample({ latents: undefined, count: 2, steps: 1, ...options });
    const names = async () => (await readdir(at("run/samples"))).sort();
    const bytes = (name: string) => readFile(at("run/samples", name));
    await draw({ rows: "3,7" });
    const first = await bytes("seed-0-rows-3-7.png");
    for (const options of [{}, {}, { seed: 5, first: 2, count: 1 }, { rows: "3,7" }, { interpolate: "3,7" }])
      await draw(options);
    expect(await names()).toEqual([
      "seed-0-2.png",
      "seed-0-rows-3-7-2.png",
      "seed-0-rows-3-7.png",
      "seed-0-strip-3-7.png",
      "seed-0.png",
      "seed-5-first-2.png",
    ]);
    expect(await bytes("seed-0-rows-3-7.png")).toEqual(first);
    expect(await bytes("seed-0-2.png")).toEqual(await bytes("seed-0.png"));
    for (const [name, format] of [
      ["a.png", "png"],
      ["new/b.jpg", "jpeg"],
      ["c.JPEG", "jpeg"],
    ] as const) {
      await draw({ out: at(name), rows: "3,7" });
      expect((await sharp(at(name)).metadata()).format).toBe(format);
    }
    expect(await readFile(at("a.png"))).toEqual(first);
    const before = await readdir(folder);
    await expect(draw({ out: at("d.webp") })).rejects.toThrow(/--out must end in \.png, \.jpg, \.jpeg, got .*d\.webp/);
    await expect(draw({ latents: at("e.npz") })).rejects.toThrow(/--latents must end in \.safetensors/);
    expect(await readdir(folder)).toEqual(before);
  });

  it("starts from stored noise of any format; as many samples as it has", async () => {
    const first = await latents({ noise: at("noise.safetensors"), rows: "4" });
    expect(first.shape).toEqual([3, 3, 8, 8]);
    for (const file of ["noise.npz", "noise.pt"]) expect(await latents({ noise: at(file), rows: "4" })).toEqual(first);
    expect(await latents({ noise: at("noise.pt"), rows: "4", seed: 9 })).toEqual(first);
  });

  it("guides channels and times that flags name, on a grid that a flag shifts", async () => {
    const given = { noise: at("noise.pt"), rows: "4" };
    const plain = await latents(given);
    const all = await latents({ ...given, cfg: 3 });
    const one = await latents({ ...given, cfg: 3, cfgChannels: 1, steps: 1, solver: "euler" });
    const none = await latents({ ...given, steps: 1, solver: "euler" });
    expect(all).not.toEqual(plain);
    expect(await latents({ ...given, cfg: 3, cfgInterval: [0.999, 0.9999] })).toEqual(plain);
    expect(await latents({ ...given, shift: 2 })).not.toEqual(plain);
    const channel = ({ data }: NDArray, c: number) => Array.from(data.subarray(64 * c, 64 * (c + 1)));
    expect(channel(one, 1)).toEqual(channel(none, 1)); // one step: channels have not met yet
    expect(channel(one, 0)).not.toEqual(channel(none, 0));
  });

  it("says which flags and tensors do not fit", async () => {
    await writeSafetensors(at("other.safetensors"), { z: array([1]) });
    const given = { noise: at("noise.pt") };
    await expect(sample({ noise: at("other.safetensors") })).rejects.toThrow(/must hold noise \[N,C,H,W\].*got z/);
    await expect(sample({ ...given, interpolate: "1,2" })).rejects.toThrow(/got --noise as well/);
    await expect(sample({ ...given, count: 2 })).rejects.toThrow(
      /--count must be the number of stored noises, 3, got 2/,
    );
    await expect(sample({ ...given, first: 1 })).rejects.toThrow(/--first picks from the noise of a seed/);
    await expect(sample({ ...given, solver: "heun-sde", stepNoise: 1, out: "x.png" })).rejects.toThrow(/exclude/);
    await expect(sample({ cfgInterval: [0] })).rejects.toThrow(/--cfg-interval/);
    await expect(sample({ cfgChannels: 0 })).rejects.toThrow(/--cfg-channels/);
    await writeSafetensors(at("wide.safetensors"), { noise: key(0).normal([2, 4, 8, 8]) });
    await expect(sample({ noise: at("wide.safetensors") })).rejects.toThrow(/noise must be \[2,3,8,8\]/);
    await writeSafetensors(at("short.safetensors"), { noise, stepNoise: key(0).normal([1, 3, 3, 8, 8]) });
    const sde = { noise: at("short.safetensors"), solver: "heun-sde", steps: 4 };
    await expect(sample(sde)).rejects.toThrow(/stepNoise must hold a row for each step/);
  });
});
