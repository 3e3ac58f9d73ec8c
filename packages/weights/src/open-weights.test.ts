import { mkdirSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { array, type Named, type NDArray } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { describeWeights } from "./describe-weights.ts";
import { writeNpy } from "./npy.ts";
import { readNpz, writeNpz } from "./npz.ts";
import { openTorch } from "./open-torch.ts";
import { openWeights } from "./open-weights.ts";
import { readTorch } from "./read-torch.ts";
import { readWeights } from "./read-weights.ts";
import { selectStateDict } from "./select-state-dict.ts";
import { writeSafetensors } from "./write-safetensors.ts";
import { writeTorch } from "./write-torch.ts";

const plain = { group: "", kind: "other", others: [], filled: 0 };

const folder = mkdtempSync(join(tmpdir(), "gmem-weights-"));
const path = join(folder, "anything");
const fixture = (name: string): string => fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url));
const tensors = { w: array([1, 2, 3, 4], [2, 2]), b: array([5, 6]) };

describe("weights of any format", () => {
  const writers: [string, (path: string, tensors: Named<NDArray>) => Promise<void>][] = [
    ["safetensors", writeSafetensors],
    ["torch", writeTorch],
    ["npz", writeNpz],
  ];
  it.each(writers)("%s is told by its content and read whole or by tensor", async (format, write) => {
    await write(path, tensors);
    expect(await readWeights(path)).toEqual({ format, tensors, unread: {}, values: {}, taken: plain });
    const file = await openWeights(path);
    expect(file).toMatchObject({
      path,
      format,
      size: statSync(path).size,
      tensors: { w: { dtype: "F32", shape: [2, 2] } },
    });
    expect(await file.read("b")).toEqual(tensors.b);
    await expect(file.read("c")).rejects.toThrow(/there must be a tensor "c", got 2 tensors: /);
    await file.close();
  });
  it("one array is a tensor called array", async () => {
    await writeNpy(path, tensors.w);
    expect(await readWeights(path)).toMatchObject({ format: "npy", tensors: { array: tensors.w }, values: {} });
  });
  it("the older layout of torch, compressed npz and metadata of safetensors too", async () => {
    const older = await readWeights(fixture("pt_legacy.a.pt"));
    expect(older.format).toBe("torch");
    expect(older.tensors).toEqual(selectStateDict(await readTorch(fixture("pt_legacy.a.pt"))));
    const packed = await readWeights(fixture("numpy_compressed.npz"));
    expect(packed.tensors).toEqual(await readNpz(fixture("numpy_compressed.npz")));
    await writeSafetensors(path, tensors, { metadata: { step: "3" } });
    expect((await readWeights(path)).values).toEqual({ step: "3" });
  });
  it("the averaged network of a checkpoint is taken, or the raw one, without wrappers", async () => {
    const raw = { "module.w": array([1, 2]), "module.b": array([3]) };
    await writeTorch(path, { model: raw, ema: { w: array([4, 5]), b: array([6]) }, opt: { m: array([7]) }, step: 9 });
    expect(await readWeights(path)).toEqual({
      format: "torch",
      tensors: { w: array([4, 5]), b: array([6]) },
      unread: {},
      values: { step: 9 },
      taken: { group: "ema", kind: "averaged", others: ["model"], filled: 0 },
    });
    expect((await readWeights(path, { weights: "raw" })).tensors).toEqual({ w: array([1, 2]), b: array([3]) });
    const file = await openWeights(path, { weights: "raw" });
    expect(Object.keys(file.tensors)).toEqual(["w", "b"]);
    expect((await file.read("w")).data).toEqual(Float32Array.of(1, 2));
    await expect(file.read("module.w")).rejects.toMatchObject({ code: "WEIGHTS" });
    await file.close();
    await writeTorch(path, { model: raw });
    await expect(readWeights(path, { weights: "ema" })).rejects.toThrow(/must be averaged weights/);
  });
  it("a file that would run code is refused, and one whose tensors are far larger than it", async () => {
    await expect(readWeights(fixture("malicious_legacy.pt"))).rejects.toThrow(/posix\.system/);
    const w = array(new Float32Array(300_000));
    await writeTorch(path, { a: w, b: w, c: w, d: w, e: w, f: w });
    await expect(readWeights(path)).rejects.toMatchObject({ code: "FORMAT" });
    const file = await openTorch(path);
    expect((await file.read("f")).data.length).toBe(300_000);
    await file.close();
  });
});

describe("a checkpoint in several files", () => {
  const shards = join(folder, "shards");
  mkdirSync(shards);
  const index = join(shards, "model.safetensors.index.json");
  const write = (map: unknown, metadata: unknown = { total_size: 24 }): void =>
    writeFileSync(index, JSON.stringify({ metadata, weight_map: map }));
  const [first, second] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

  it("is read as one by its index or its folder", async () => {
    await writeSafetensors(join(shards, first), { w: tensors.w });
    await writeSafetensors(join(shards, second), { b: tensors.b });
    write({ w: first, b: second });
    for (const place of [index, shards]) {
      expect(await readWeights(place)).toEqual({
        format: "safetensors",
        tensors,
        unread: {},
        values: { total_size: 24 },
        taken: plain,
      });
      expect(await describeWeights(place)).toMatchObject({ path: place, elements: 6, bytes: 24 });
    }
    const file = await openWeights(shards);
    expect(await file.read("b")).toEqual(tensors.b);
    expect(file.size).toBe(statSync(join(shards, first)).size + statSync(join(shards, second)).size);
    await file.close();
  });
  it("of which a part is missing, or whose index is wrong, is refused by name", async () => {
    write({ w: first, b: "model-00003.safetensors" });
    await expect(readWeights(index)).rejects.toThrow(/model-00003\.safetensors: the file must exist/);
    write({ w: first, b: first });
    await expect(readWeights(index)).rejects.toMatchObject({
      code: "FORMAT",
      message: expect.stringMatching(/tensor "b", got 1/),
    });
    for (const shard of ["../a.safetensors", "/etc/passwd", "..", 3, ""]) {
      write({ w: shard });
      await expect(readWeights(index)).rejects.toThrow(/a file in the same folder/);
    }
    for (const text of ["{", "[]", '{"weight_map": []}']) {
      writeFileSync(index, text);
      await expect(readWeights(shards)).rejects.toMatchObject({ code: "FORMAT" });
    }
  });
  it("a folder with one file is that file; with none or two it must be named", async () => {
    const one = mkdtempSync(join(folder, "one-"));
    await expect(readWeights(one)).rejects.toThrow(/one index .* or one safetensors file/);
    await writeSafetensors(join(one, "model.safetensors"), tensors);
    expect((await readWeights(one)).tensors).toEqual(tensors);
    await writeSafetensors(join(one, "other.safetensors"), tensors);
    await expect(readWeights(one)).rejects.toThrow(/got 2: model\.safetensors, other\.safetensors/);
    await expect(readWeights(join(folder, "none"))).rejects.toThrow(/must exist; check the path/);
  });
});
