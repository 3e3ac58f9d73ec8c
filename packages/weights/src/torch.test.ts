import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isGMemError, mapNamed, zeros } from "@gmem/tensor";
import "@gmem/testing";
import { describe, expect, it } from "vitest";
import { openTorch } from "./open-torch.ts";
import { readSafetensors } from "./read-safetensors.ts";
import { readTorch } from "./read-torch.ts";
import { selectStateDict } from "./select-state-dict.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url));

const files = [
  "bank",
  "checkpoint",
  "cuda_location",
  "cuda_location_legacy",
  "dtypes_views",
  "gmem_dmd_like",
  "legacy",
];

/** Namespaces as the reference files write them. */
const unwrapped = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "__namespace__" in value ? value.__namespace__ : value;

describe("files that torch wrote", () => {
  it.each(files)("%s has the tensors and values of its reference", async (name) => {
    const { tensors, values } = await readTorch(fixture(`pt_${name}.a.pt`));
    const expected = await readSafetensors(fixture(`pt_${name}.a.safetensors`));
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(expected.tensors).sort());
    for (const [path, tensor] of Object.entries(expected.tensors)) {
      const actual = tensors[path];
      expect(actual?.shape).toEqual(tensor.shape);
      const asStored = (value: number): number => (tensor.dtype === "f32" ? Math.fround(value) : value);
      expect(Array.from(actual?.data ?? [], asStored)).toEqual(Array.from(tensor.data));
    }
    const others = JSON.parse(expected.metadata.other_values ?? "{}") as Record<string, unknown>;
    expect(values).toEqual(mapNamed(others, (value) => unwrapped(value)));
  });
  it("keeps element types as stored in its list", async () => {
    const file = await openTorch(fixture("pt_dtypes_views.a.pt"));
    const types = mapNamed(file.tensors, ({ dtype }) => dtype);
    expect(types).toMatchObject({
      bf16: "BF16",
      f16: "F16",
      i64: "I64",
      u8: "U8",
      i32: "I32",
      bool: "BOOL",
      f64: "F64",
    });
    await file.close();
  });
  it.each(["shared.transposed", "shared.expanded", "shared.strided", "buf_channels_last", "f64"])(
    "reads %s by rows as it reads it whole",
    async (name) => {
      const file = await openTorch(fixture("pt_dtypes_views.a.pt"));
      const whole = await file.read(name);
      const rows = whole.shape[0] ?? 0;
      const width = whole.data.length / rows;
      for (let row = 0; row < rows; row++) {
        const part = await file.readRows(name, row, row + 1);
        expect(part.shape).toEqual([1, ...whole.shape.slice(1)]);
        expect(part.data).toEqual(whole.data.slice(row * width, (row + 1) * width));
      }
      await file.close();
    },
  );
  it("reads the banks of the reference code, full and factored", async () => {
    const expected = (await readSafetensors(fixture("gmem_bank.a.safetensors"))).tensors;
    const full = await readTorch(fixture("gmem_bank_full.a.pt"));
    expect(Object.values(full.tensors)[0]).toEqual(expected["in/bank"]);
    const { tensors, values } = await readTorch(fixture("gmem_bank_dmd.a.pt"));
    const { C, M, mean } = tensors;
    if (!C || !M || !mean) throw new TypeError("the file must hold C, M and mean");
    const [rows = 0, rank = 0] = C.shape;
    const [width = 0] = M.shape;
    expect(values).toEqual({ latent_dim: rank, feature_dim: width });
    const decoded = zeros([rows, width]);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < width; j++) {
        let sum = mean.data[j] as number;
        for (let k = 0; k < rank; k++) sum += (C.data[i * rank + k] as number) * (M.data[j * rank + k] as number);
        decoded.data[i * width + j] = sum;
      }
    expect(decoded).toBeAllclose(expected["dmd/get_all"] ?? zeros([0]), { atol: 1e-5, rtol: 0 });
  });
});

describe("files that would run code", () => {
  it.each(["malicious.pt", "malicious_legacy.pt"])(
    "%s is refused by the name of the class and runs nothing",
    async (name) => {
      const error = await readTorch(fixture(name)).catch((cause: unknown) => cause);
      expect(isGMemError(error, "FORMAT")).toBe(true);
      expect(String(error)).toContain("posix.system");
      expect(existsSync("/tmp/pwned_by_pickle")).toBe(false);
    },
  );
});

describe("selectStateDict", () => {
  it("prefers the averaged weights of a checkpoint", async () => {
    const { tensors } = await readTorch(fixture("pt_checkpoint.a.pt"));
    expect(selectStateDict({ tensors })["0.weight"]).toBe(tensors["ema/0.weight"]);
    expect(selectStateDict({ tensors }, { weights: "raw" })["0.weight"]).toBe(tensors["model/0.weight"]);
  });
  it("takes off what data-parallel and compiled modules put before names", () => {
    const tensors = { "model/module._orig_mod.a.w": 1, "model/b._orig_mod.w": 2, "opt/state/0/exp_avg": 3 };
    expect(selectStateDict({ tensors })).toEqual({ "a.w": 1, "b.w": 2 });
    expect(selectStateDict({ tensors: { "a.w": 1 } })).toEqual({ "a.w": 1 });
  });
  it("refuses two tensors of one name, and averages that are not there", () => {
    expect(() => selectStateDict({ tensors: { "module.a": 1, a: 2 } })).toThrow(/"a" twice/);
    expect(() => selectStateDict({ tensors: { "model/a": 1 } }, { weights: "ema" })).toThrow(/one of ema/);
  });
});
