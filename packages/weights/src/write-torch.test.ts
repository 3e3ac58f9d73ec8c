import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, type DType, mapNamed, type NDArray, ShapeError, sizeOf } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeWeights } from "./describe-weights.ts";
import { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "./half.ts";
import { writeNpz } from "./npz.ts";
import { readTorch } from "./read-torch.ts";
import { type TorchValue, writeTorch } from "./write-torch.ts";
import { readZipDirectory } from "./zip-directory.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-write-torch-"));
const path = join(folder, "a.pt");

const anyArray: fc.Arbitrary<NDArray> = fc
  .tuple(fc.constantFrom<DType[]>("f32", "f64", "i32", "bool"), fc.array(fc.nat(4), { maxLength: 4 }), fc.nat(1000))
  .map(([dtype, shape, seed]) => {
    const value = (i: number): number =>
      dtype === "bool" ? (i + seed) % 2 : (i - seed) * (dtype === "i32" ? 7 : 0.37);
    return array(
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => value(i)),
      shape,
      dtype,
    );
  });
const key = fc.string({ maxLength: 6 }).filter((name) => name !== "__proto__" && !name.includes("/"));
const { value: anyValue } = fc.letrec<{ value: TorchValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    anyArray,
    fc.double(),
    fc.maxSafeInteger(),
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
}));

const isTensor = (value: TorchValue): value is NDArray =>
  typeof value === "object" && value !== null && "data" in value && ArrayBuffer.isView(value.data);
const isPlain = (value: TorchValue): boolean =>
  Array.isArray(value) ? value.every(isPlain) : typeof value !== "object" || value === null;

/** What reading gives for a value that was written: tensors and plain values by path. */
function flat(root: TorchValue): {
  tensors: Record<string, NDArray>;
  unread: object;
  values: Record<string, TorchValue>;
} {
  const tensors: [string, NDArray][] = [];
  const values: [string, TorchValue][] = [];
  const visit = (value: TorchValue, at: string, depth: number): void => {
    if (isTensor(value)) tensors.push([depth > 0 ? at : "tensor", value]);
    else if (isPlain(value) || Object.keys(value as object).length === 0)
      values.push([depth > 0 ? at : "value", value]);
    else
      for (const [name, child] of Object.entries(value as Record<string, TorchValue>))
        visit(child, depth === 0 ? name : `${at}/${name}`, depth + 1);
  };
  visit(root, "", 0);
  return { tensors: Object.fromEntries(tensors), unread: {}, values: Object.fromEntries(values) };
}

describe("writeTorch", () => {
  it("gives back every value that was written, numbers and tensors to the bit", async () => {
    await fc.assert(
      fc.asyncProperty(anyValue, async (value) => {
        await writeTorch(path, value);
        expect(await readTorch(path)).toEqual(flat(value));
      }),
      { numRuns: 200 },
    );
  });
  it("rounds to 16 bits on request, and only f32", async () => {
    const x = Float32Array.of(1 / 3, -1e-3, 1024);
    await writeTorch(path, { x: array(x), y: array([1 / 3], [1], "f64") }, { floats: "bf16" });
    expect((await describeWeights(path)).tensors).toEqual({
      x: { dtype: "BF16", shape: [3] },
      y: { dtype: "F64", shape: [1] },
    });
    expect((await readTorch(path)).tensors.x?.data).toEqual(bf16ToF32(f32ToBf16(x)));
    await writeTorch(path, { x: array(x) }, { floats: "f16" });
    expect((await readTorch(path)).tensors.x?.data).toEqual(f16ToF32(f32ToF16(x)));
  });
  it("stores shared data once, and every storage at a multiple of 64 bytes", async () => {
    const x = array([1, 2, 3, 4], [2, 2]);
    await writeTorch(path, { model: { w: x }, ema: { w: { ...x, shape: [4] }, b: array([5]) } });
    const entries = readZipDirectory({ fd: openSync(path, "r"), size: statSync(path).size, file: path });
    expect([...entries.keys()].sort()).toEqual(
      ["byteorder", "data.pkl", "data/0", "data/1", "version"].map((name) => `archive/${name}`),
    );
    for (const { start } of entries.values()) expect(start % 64).toBe(0);
    expect((await readTorch(path)).tensors["ema/w"]).toEqual(array([1, 2, 3, 4], [4]));
  });
  it("refuses what it cannot write by its path, and leaves the old file", async () => {
    await writeTorch(path, { step: 3 });
    const cases: [unknown, object | RegExp][] = [
      [{ a: { b: undefined } }, /"a\/b": values are arrays, numbers.*got undefined/],
      [{ a: 3n }, /got bigint/],
      [{ a: new Map([["b", 1]]) }, /"a": .*got another object/],
      [Float32Array.of(1), /got another object/],
      [{ a: { ...array([1, 2]), shape: [3] } }, ShapeError],
    ];
    const loop: unknown[] = [];
    loop.push(loop);
    for (const [value, error] of [...cases, [loop, /100 levels deep/] as const])
      await expect(writeTorch(path, value as TorchValue)).rejects.toThrow(error as RegExp);
    expect(await readTorch(path)).toEqual({ tensors: {}, unread: {}, values: { step: 3 } });
    expect(readdirSync(folder)).toEqual(["a.pt"]);
  });
});

const python = ["/usr/bin/python3", "python3"].find(
  (command) => spawnSync(command, ["-c", "import torch, numpy"]).status === 0,
);

/** Prints, for each path, a tensor's type, shape and whether it equals numpy's copy, or a value's type and text. */
const script = `
import json, sys, numpy, torch
root, copies, out = torch.load(sys.argv[1]), numpy.load(sys.argv[2]), {}
torch.load(sys.argv[3], weights_only=True) # without floats, which torch 1.13 refuses there even in files of its own
def visit(value, path):
    if torch.is_tensor(value):
        copy = torch.from_numpy(copies[path])
        out[path] = [str(value.dtype), list(value.shape), torch.equal(value.to(copy.dtype), copy), value.is_contiguous()]
    elif isinstance(value, dict):
        for name, child in value.items(): visit(child, path + "/" + name if path else name)
    elif isinstance(value, list):
        for i, child in enumerate(value): visit(child, path + "/" + str(i))
    else:
        out[path] = [type(value).__name__, repr(value)]
visit(root, "")
layer = torch.nn.Linear(2, 2)
layer.load_state_dict(root["layer"])
out["?loads"] = torch.equal(layer.weight, root["layer"]["weight"].float())
root["layer"]["weight"].add_(1)
out["?tied"] = torch.equal(root["layer"]["weight"], root["tied"])
print(json.dumps(out))
`;

describe.skipIf(python === undefined)(
  `torch.load${python === undefined ? " (skipped: no python3 here can import torch and numpy)" : ""}`,
  () => {
    it.each(["f32", "f16", "bf16"] as const)("reads what was written with floats %s", async (floats) => {
      const rounded = {
        f32: (x: Float32Array) => x,
        f16: (x: Float32Array) => f16ToF32(f32ToF16(x)),
        bf16: (x: Float32Array) => bf16ToF32(f32ToBf16(x)),
      };
      const names = fc.sample(anyArray, { numRuns: 20, seed: 7 });
      const arrays: Record<string, NDArray> = Object.fromEntries(
        names.map((value, i) => [`layer ${i}.weight ü`, value]),
      );
      const weight = array([0.1, -2, 3e-5, 4], [2, 2]);
      const layer = { weight, bias: array([0.5, 0.25]) };
      const numbers = [0, 255, 256, -1, 65536, -(2 ** 31), 2 ** 31, 2 ** 53 - 1, -(2 ** 40), 0.5, 1e300];
      const value = {
        layer,
        tied: weight,
        arrays,
        scalar: array([2.5], [], "f64"),
        step: 400000,
        lr: 1e-4,
        name: "DiT “x”",
        none: null,
        yes: true,
        no: false,
        betas: [0.9, 0.999],
        numbers,
      };
      const copies = mapNamed(flat(value).tensors, (x) =>
        x.data instanceof Float32Array ? array(rounded[floats](x.data), x.shape) : x,
      );
      await writeTorch(path, value, { floats });
      const { lr: _, betas: __, numbers: ___, ...withoutFloats } = value;
      const plain = join(folder, "plain.pt");
      await writeTorch(plain, { ...withoutFloats, wholes: numbers.filter(Number.isSafeInteger) }, { floats });
      const npz = join(folder, "a.npz");
      await writeNpz(npz, copies);
      const file = join(folder, "check.py");
      writeFileSync(file, script);
      const { stdout, stderr, status } = spawnSync(python as string, [file, path, npz, plain], { encoding: "utf8" });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      const read = JSON.parse(stdout) as Record<string, unknown>;
      const type = {
        f32: floats === "f32" ? "float32" : floats === "f16" ? "float16" : "bfloat16",
        f64: "float64",
        i32: "int32",
        bool: "bool",
        f16: "float16",
      };
      for (const [name, { dtype, shape }] of Object.entries(copies))
        expect([name, read[name]]).toEqual([name, [`torch.${type[dtype]}`, shape, true, true]]);
      expect(read).toMatchObject({
        step: ["int", "400000"],
        lr: ["float", "0.0001"],
        name: ["str", "'DiT “x”'"],
        none: ["NoneType", "None"],
        yes: ["bool", "True"],
        no: ["bool", "False"],
        "betas/1": ["float", "0.999"],
        "?loads": true,
        "?tied": true,
      });
      for (const [i, x] of numbers.entries())
        expect(read[`numbers/${i}`]).toEqual([
          Number.isSafeInteger(x) ? "int" : "float",
          x === 1e300 ? "1e+300" : String(x),
        ]);
    });
  },
);
