import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { array, type DType, isGMemError, type NDArray, sizeOf } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNpy, writeNpy } from "./npy.ts";
import { readNpz, writeNpz } from "./npz.ts";
import { openWeights } from "./open-weights.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-npz-"));
const path = join(folder, "a.npz");
const fixture = (name: string): string => fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url));

const anyArray: fc.Arbitrary<NDArray> = fc
  .tuple(fc.constantFrom<DType[]>("f32", "f64", "i32", "bool"), fc.array(fc.nat(4), { maxLength: 4 }), fc.nat(1))
  .map(([dtype, shape, bit]) =>
    array(
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => (dtype === "bool" ? bit : i - 1.5 * bit) | 0),
      shape,
      dtype,
    ),
  );

describe("npz", () => {
  it("gives back what was written, every element type and shape", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ maxLength: 8 }), anyArray, { maxKeys: 4 }), async (arrays) => {
        fc.pre(!Object.hasOwn(arrays, "__proto__"));
        await writeNpz(path, arrays);
        expect(await readNpz(path)).toEqual({ ...arrays });
      }),
      { numRuns: 50 },
    );
  });
  it.each(["numpy.npz", "numpy_compressed.npz"])("reads %s as numpy wrote it", async (name) => {
    const arrays = await readNpz(fixture(name));
    const ramp = Float32Array.from({ length: 24 }, (_, i) => i);
    expect(arrays).toMatchObject({
      c: { dtype: "f32", shape: [2, 3, 4], data: ramp },
      fortran: { dtype: "f32", shape: [2, 3, 4], data: ramp },
      f64: { dtype: "f64", shape: [2], data: Float64Array.of(0.1, -1e300) },
      f16: { dtype: "f32", shape: [2], data: Float32Array.of(0.5, -2) },
      i64: { dtype: "i32", shape: [3], data: Int32Array.of(-1, 0, 7) },
      u8: { dtype: "i32", shape: [2], data: Int32Array.of(0, 255) },
      flags: { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
      scalar: { dtype: "f64", shape: [], data: Float64Array.of(3.5) },
      empty: { dtype: "f32", shape: [0, 4], data: new Float32Array(0) },
    });
  });
  it("turns big-endian numbers round", async () => {
    const [big] = Object.values(await readNpz(fixture("numpy_big_endian.npz")));
    expect(big).toEqual(array([1, 2], [2]));
  });
  it("refuses Python objects when they are read, and other archives by name", async () => {
    const file = await openWeights(fixture("numpy_object.npz"));
    const [name = ""] = Object.keys(file.tensors);
    expect(file.tensors[name]?.dtype).toBe("|O");
    await expect(file.read(name)).rejects.toMatchObject({ code: "WEIGHTS", found: "|O" });
    await file.close();
    await expect(readNpz(fixture("pt_bank.a.pt"))).rejects.toThrow(/NAME\.npy; unpack .* got pt_bank\.a\/data\.pkl/);
  });
  it("damaged archives give a typed error or the arrays as they were", async () => {
    const source = readFileSync(fixture("numpy_compressed.npz"));
    const original = await readNpz(fixture("numpy_compressed.npz"));
    await fc.assert(
      fc.asyncProperty(fc.nat(source.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const bytes = cut ? source.subarray(0, at) : Uint8Array.from(source);
        if (!cut) bytes[at] = byte;
        writeFileSync(path, bytes);
        const result = await readNpz(path).catch((cause: unknown) => cause);
        if (isGMemError(result)) return;
        for (const value of Object.values(result as typeof original))
          expect(Object.values(original)).toContainEqual(value);
      }),
      { numRuns: 100 },
    );
  });
});

describe("npy", () => {
  it("gives back one array", async () => {
    const x = array([1, 2, 3, 4, 5, 6], [3, 2]);
    await writeNpy(join(folder, "x.npy"), x);
    expect(await readNpy(join(folder, "x.npy"))).toEqual(x);
  });
  it("reads version 2", async () => {
    expect(await readNpy(fixture("version2.npy"))).toEqual(array([1, 2], [2]));
  });
  it("refuses a file whose length is not its shape's", async () => {
    const bytes = readFileSync(fixture("version2.npy"));
    writeFileSync(join(folder, "cut.npy"), bytes.subarray(0, bytes.length - 1));
    await expect(readNpy(join(folder, "cut.npy"))).rejects.toThrow(/takes 8 bytes; fetch the file again, got 7/);
    await expect(readNpy(join(folder, "none.npy"))).rejects.toMatchObject({ code: "WEIGHTS" });
  });
});
