import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { array } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { describeWeights } from "./describe-weights.ts";
import { writeNpy } from "./npy.ts";
import { writeSafetensors } from "./write-safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-describe-"));
const fixture = (name: string): string => fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url));

describe("describeWeights", () => {
  it.each(["pt_cuda_location.a.pt", "pt_cuda_location_legacy.a.pt"])("tells torch by content: %s", async (name) => {
    const { format, tensors } = await describeWeights(fixture(name));
    expect(format).toBe("torch");
    expect(Object.values(tensors)[0]?.dtype).toBe("F32");
  });
  it("lists values, elements and bytes of a checkpoint", async () => {
    const { values, tensors, elements, bytes } = await describeWeights(fixture("pt_gmem_dmd_like.a.pt"));
    expect(values).toEqual({ latent_dim: 3, feature_dim: 7 });
    expect(tensors.C).toEqual({ dtype: "F32", shape: [9, 3] });
    expect([elements, bytes]).toEqual([27 + 21 + 3 + 7, 4 * 58]);
  });
  it.each(["numpy.npz", "numpy_compressed.npz"])("tells npz by content: %s", async (name) => {
    const { format, tensors } = await describeWeights(fixture(name));
    expect(format).toBe("npz");
    expect(tensors.fortran).toEqual({ dtype: "F32", shape: [2, 3, 4] });
    expect(tensors.i64).toEqual({ dtype: "I64", shape: [3] });
  });
  it("tells npy and safetensors by content", async () => {
    const path = join(folder, "anything");
    await writeNpy(path, array([1, 2]));
    expect(await describeWeights(path)).toMatchObject({
      format: "npy",
      tensors: { array: { dtype: "F32", shape: [2] } },
    });
    await writeSafetensors(path, { w: array([1, 2]) }, { metadata: { step: "3" } });
    expect(await describeWeights(path)).toMatchObject({
      format: "safetensors",
      values: { step: "3" },
      elements: 2,
      bytes: 8,
    });
  });
  it("refuses what is none of them", async () => {
    await expect(describeWeights(fixture("malicious_legacy.pt"))).rejects.toThrow(/posix\.system/);
    await expect(describeWeights(join(folder, "none"))).rejects.toMatchObject({ code: "WEIGHTS" });
  });
});
