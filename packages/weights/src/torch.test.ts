import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { array, isGMemError, mapNamed, zeros } from "@gmem/tensor";
import "@gmem/testing";
import { describe, expect, it } from "vitest";
import { openTorch } from "./open-torch.ts";
import { readSafetensors } from "./read-safetensors.ts";
import { readTorch } from "./read-torch.ts";

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
  it("give their tensors, the name of what would have run, and run nothing", async () => {
    const { tensors, values } = await readTorch(fixture("malicious.pt"));
    expect(Object.keys(tensors)).toEqual(["ema/w"]);
    expect(values).toEqual({ x: { class: "posix.system" } });
    expect(existsSync("/tmp/pwned_by_pickle")).toBe(false);
  });
  it("without a tensor outside other objects are refused by the name of the class", async () => {
    const error = await readTorch(fixture("malicious_legacy.pt")).catch((cause: unknown) => cause);
    expect(isGMemError(error, "FORMAT")).toBe(true);
    expect(String(error)).toContain("posix.system");
    expect(existsSync("/tmp/pwned_by_pickle")).toBe(false);
  });
});

describe("files of torch 2.11, tensors beside objects of all kinds", () => {
  it("gives lazily negative views their sign, newer element types and subclasses their values", async () => {
    const { tensors, unread } = await readTorch(fixture("pt_newer.pt"));
    expect(tensors).toEqual({
      "model/neg": array([-0, -1, -2, -3], [4]),
      "model/neg_rows": array([-0, -3, -1, -4, -2, -5], [3, 2]),
      "model/imag": array([-1, -2, -3, -4], [4]),
      "model/f8": array([0, 1, 2, 3, 4, 5], [6]),
      "model/f8_tail": array([2, 3, 4, 5], [4]),
      "model/u16": array([0, 1, 2, 3, 4, 5], [6], "i32"),
      "model/u32": array([0, 2 ** 32 - 1], [2], "f64"),
      "model/tagged": array([0, 1, 2], [3]),
      "model/parameter": array([0, 1], [2]),
    });
    expect(Object.keys(unread)).toEqual(["model/complex", "model/conj", "model/scales"]);
  });
  it("lists complex tensors and types that nobody reads, and refuses them when they are read", async () => {
    const file = await openTorch(fixture("pt_newer.pt"));
    expect(file.tensors["model/conj"]).toEqual({ dtype: "C64", shape: [4] });
    expect(file.tensors["model/scales"]).toEqual({ dtype: "F8_E8M0", shape: [2] });
    await expect(file.read("model/conj")).rejects.toMatchObject({ code: "WEIGHTS", found: "C64" });
    await expect(file.readRows("model/scales", 0, 1)).rejects.toMatchObject({ code: "WEIGHTS", found: "F8_E8M0" });
    expect((await file.readRows("model/neg", 1, 3)).data).toEqual(Float32Array.of(-1, -2));
    await file.close();
  });
  it("keeps containers of the standard library as data, of other objects the class", async () => {
    const { values } = await readTorch(fixture("pt_newer.pt"));
    const at = (name: string): unknown => values[`others/${name}`];
    expect(at("path")).toEqual({ class: "pathlib.PurePosixPath" });
    expect(at("callback")).toEqual({ class: "torch.nn.functional.relu" });
    expect(at("scalar")).toEqual({ class: "numpy._core.multiarray.scalar" });
    expect(at("number")).toEqual({ class: "__builtin__.complex" });
    expect([at("frozen"), at("counts/a"), at("lists/x"), at("queue")]).toEqual([["a"], 2, [1], [1, 2]]);
    expect(at("raw")).toEqual(Uint8Array.of(97, 98, 99));
    expect(at("by_class/torch.nn.modules.activation.ReLU")).toBe(1);
    expect(at("by_class/(a, 1)")).toBe(2);
  });
  it("reads the older layout with a newer pickle, and says what a module or a pickle of old is", async () => {
    expect((await readTorch(fixture("pt_protocol4.pt"))).tensors).toEqual({ w: array([0, 1, 2, 3], [4]) });
    await expect(readTorch(fixture("pt_module.pt"))).rejects.toThrow(
      /state_dict\(\).*torch\.nn\.modules\.linear\.Linear/,
    );
    await expect(readTorch(fixture("pt_protocol0.pt"))).rejects.toThrow(/a torch file of pickle protocol 0 or 1/);
  });
});
