import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NDArray } from "@gmem/tensor";
import { key } from "@gmem/tensor";
import { readSafetensors, writeSafetensors } from "@gmem/weights";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadImages, mirror, selectRows, trainingSet } from "../index.ts";
import { scenes } from "../scenes/index.ts";
import { encodeImages, isLatentsFolder, openLatents, readManifest, writeLatents } from "./index.ts";

const data = scenes({ count: 11, size: 16 });
const turned = mirror(data);
const folder = (): string => mkdtempSync(join(tmpdir(), "gmem-"));

/** Latents are the images; snippets their first two numbers. */
const encode = async (images: NDArray<"f32">, rows: Int32Array) => ({
  latents: images,
  snippets: firstTwo(images),
  latents_flip: await loadImages(turned, rows),
  snippets_flip: firstTwo(await loadImages(turned, rows)),
});
const firstTwo = ({ shape: [n = 0], data: values }: NDArray<"f32">): NDArray<"f32"> => ({
  dtype: "f32",
  shape: [n, 2],
  data: Float32Array.from({ length: 2 * n }, (_, i) => values[(i >> 1) * (values.length / n) + (i % 2)] as number),
});
const options = (path: string) => ({
  folder: path,
  encode,
  key: { size: 16 },
  shardRows: 4,
  batchSize: 3,
  classes: data.classes,
});

describe("latents on disk", () => {
  it("give the rows that were encoded, in any order and orientation, with labels and classes", async () => {
    const path = folder();
    await writeLatents(data, options(path));
    const { parts, manifest, close } = await openLatents(path);
    expect(manifest).toMatchObject({ count: 11, shardRows: 4, classes: data.classes, labelled: true });
    const set = trainingSet(parts);
    const rows = Int32Array.of(10, 0, 7, 4, 3);
    const batch = await set.batch(rows);
    expect(batch.latents.data).toEqual((await loadImages(data, rows)).data);
    expect([...(batch.labels ?? [])]).toEqual([...rows].map((row) => data.labels[row]));
    const mirrored = await loadImages(turned, rows);
    const seen = await set.batch(rows, key(3));
    const size = 3 * 16 * 16;
    for (let i = 0; i < rows.length; i++) {
      const own = seen.latents.data.subarray(i * size, (i + 1) * size);
      const [flip] = key(3).split(i).split("flip").uniform([1]).data as Float32Array;
      const source = (flip as number) < 0.5 ? mirrored : batch.latents;
      expect(own).toEqual(source.data.subarray(i * size, (i + 1) * size));
    }
    const part = selectRows(set, [7, 10]);
    expect((await part.batch(Int32Array.of(1))).latents.data).toEqual(batch.latents.data.subarray(0, size));
    expect([...(await part.batch(Int32Array.of(1))).index]).toEqual([1]);
    await expect(part.batch(Int32Array.of(2))).rejects.toThrow(/rows must be 0…1/);
    await close();
  });

  it("are the same in memory", async () => {
    const path = folder();
    await writeLatents(data, options(path));
    const { parts, close } = await openLatents(path);
    const [stored, held] = [trainingSet(parts), trainingSet(await encodeImages(data, { encode, batchSize: 4 }))];
    const rows = Int32Array.of(9, 2, 2, 6);
    for (const rng of [undefined, key(1), key(2)])
      expect(await held.batch(rows, rng)).toEqual(await stored.batch(rows, rng));
    await close();
  });

  it("are not written where they are not finite; the image is named", async () => {
    const broken = async (images: NDArray<"f32">, rows: Int32Array) => {
      const encoded = await encode(images, rows);
      const at = rows.indexOf(7);
      if (at >= 0) encoded.snippets.data[2 * at] = Number.NaN;
      return encoded;
    };
    const path = folder();
    const refusal = {
      code: "NON_FINITE",
      message: expect.stringContaining(`snippets of ${(await data.at(7)).id} must be finite`),
    };
    await expect(writeLatents(data, { ...options(path), encode: broken })).rejects.toMatchObject(refusal);
    expect(readdirSync(path)).toEqual(["latents-00000.safetensors"]); // what was complete before it
    await expect(encodeImages(data, { encode: broken })).rejects.toMatchObject(refusal);
  });

  it.each(["latents", "snippets", "latents_flip"])(
    "are not read where %s are not finite; file and row are named",
    async (name) => {
      const path = folder();
      await writeLatents(data, options(path));
      const shard = join(path, "latents-00001.safetensors"); // rows 4 … 7
      const { tensors, metadata } = await readSafetensors(shard);
      const values = tensors[name] as NDArray<"f32">;
      values.data[2 * (values.data.length / 4) + 1] = Number.NaN;
      await writeSafetensors(shard, tensors, { metadata });
      const { parts, close } = await openLatents(path);
      const set = trainingSet(parts);
      const batch = (...rows: number[]) => set.batch(Int32Array.from(rows), key(3));
      expect((await batch(1, 5, 7)).latents.shape).toEqual([3, 3, 16, 16]);
      const both = () => Promise.all(Array.from({ length: 8 }, (_, i) => set.batch(Int32Array.of(0, 6), key(i)))); // turned or not
      await expect(both()).rejects.toMatchObject({
        code: "NON_FINITE",
        message: expect.stringMatching(
          new RegExp(`latents-00001\\.safetensors: row 2: ${name} must be finite.* got NaN at \\[`),
        ),
      });
      await close();
    },
  );

  it("go on after the last complete shard, to the same bytes", async () => {
    const [whole, resumed] = [folder(), folder()];
    await writeLatents(data, options(whole));
    let calls = 0;
    const stopping = async (images: NDArray<"f32">, rows: Int32Array) => {
      if (++calls === 4) throw new TypeError("power cut");
      return encode(images, rows);
    };
    await expect(writeLatents(data, { ...options(resumed), encode: stopping })).rejects.toThrow("power cut");
    expect(isLatentsFolder(resumed)).toBe(false);
    const first = join(resumed, "latents-00000.safetensors");
    expect(readdirSync(resumed)).toEqual(["latents-00000.safetensors"]);
    const written = statSync(first).mtimeMs;
    await writeLatents(data, options(resumed));
    expect(statSync(first).mtimeMs).toBe(written);
    for (const name of readdirSync(whole))
      expect(readFileSync(join(resumed, name)).equals(readFileSync(join(whole, name)))).toBe(true);
    await writeLatents(data, { ...options(resumed), encode: stopping }); // complete: nothing is encoded again
  });

  it("are refused when they are of another key, damaged or incomplete", async () => {
    const path = folder();
    await writeLatents(data, options(path));
    const other = writeLatents(data, { ...options(path), key: { size: 32 } });
    await expect(other).rejects.toMatchObject({
      code: "DATA",
      message: expect.stringMatching(/same latents, got size (null|\d+) and not 32; choose another/),
    });
    const manifest = await readManifest(path);
    for (const damage of [{ version: 2 }, { count: -1 }, { parts: {} }, { parts: { latents: ["x"] } }]) {
      writeFileSync(join(path, "latents.json"), JSON.stringify({ ...manifest, ...damage }));
      await expect(openLatents(path)).rejects.toMatchObject({ code: "FORMAT" });
    }
    writeFileSync(join(path, "latents.json"), JSON.stringify({ ...manifest, count: 12 }));
    await expect(openLatents(path)).rejects.toMatchObject({ code: "DATA" });
    writeFileSync(join(path, "latents.json"), JSON.stringify(manifest));
    rmSync(join(path, "latents-00002.safetensors"));
    await expect(openLatents(path)).rejects.toMatchObject({ code: "WEIGHTS" });
  });

  it("answer any manifest with a folder or FORMAT", async () => {
    const path = folder();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        writeFileSync(join(path, "latents.json"), text);
        await expect(readManifest(path)).rejects.toMatchObject({ code: "FORMAT" });
      }),
      { numRuns: 300 },
    );
  });

  it("stop between batches when asked to", async () => {
    const signal = AbortSignal.abort();
    await expect(writeLatents(data, { ...options(folder()), signal })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("keep captions, credits and the rows to hold out; without a caption there is no file of them", async () => {
    const path = folder();
    const credits = [{ package: "a", version: "1", author: "b", licence: "MIT", url: "" }];
    const written = await writeLatents(data, { ...options(path), credits, heldOut: [3, 1] });
    const { manifest, captionsAt, close } = await openLatents(path);
    await close();
    expect(manifest).toEqual(written);
    expect([manifest.credits, manifest.heldOut, manifest.captioned?.pictures]).toEqual([credits, [3, 1], 11]);
    expect(captionsAt?.(7)).toEqual(await data.captionsAt?.(7));
    writeFileSync(join(path, "captions.jsonl"), '["one"]\n');
    await expect(openLatents(path)).rejects.toThrow(/the captions of 11 rows, one array a line, got 1 rows; write/);
    const { captionsAt: _, labels: __, ...known } = data;
    const silent = { ...known, at: async (row: number) => ({ image: (await data.at(row)).image, id: `${row}` }) };
    const bare = folder();
    await writeLatents(silent, { ...options(bare), classes: [] });
    const opened = await openLatents(bare);
    await opened.close();
    expect([opened.manifest.labelled, opened.parts.labels]).toEqual([false, undefined]);
    expect([opened.captionsAt, opened.manifest.captioned, readdirSync(bare).includes("captions.jsonl")]).toEqual([
      undefined,
      undefined,
      false,
    ]);
  });
});
