import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, key, type NDArray } from "@gmem/tensor";
import { readSafetensors, writeNpz, writeSafetensors, writeTorch } from "@gmem/weights";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { untrainedRun } from "../../test/untrained-run.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-sample-"));
const at = (...path: string[]): string => join(folder, ...path);
const noise = key(0).normal([3, 3, 8, 8]);
const sample = (options: object) =>
  sampleRun(at("run"), { count: 16, seed: 0, weights: "ema", latents: at("out.safetensors"), ...options });
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

describe("gmem-train sample", () => {
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
    await expect(sample({ ...given, rows: "1,2" })).rejects.toThrow(/1 or 3 rows/);
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
