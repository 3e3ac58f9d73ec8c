import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { zip } from "../test/zip.ts";
import { npyHeader } from "./npy-header.ts";
import { readNpz } from "./npz.ts";
import { openWeights } from "./open-weights.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-memory-"));
const megabyte = 2 ** 20;

/** An array of zeros, which deflate to about a thousandth. */
function zeros(floats: number): Uint8Array {
  const header = npyHeader("F32", [floats]);
  const bytes = new Uint8Array(header.length + 4 * floats);
  bytes.set(header);
  return bytes;
}

/** The most that buffers took beyond what they took before, looked at every millisecond. */
async function buffers(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  };
  const timer = setInterval(look, 1);
  await work();
  look();
  clearInterval(timer);
  return most;
}

describe("a small npz with much in it", () => {
  const path = join(folder, "much.npz");
  const arrays = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`z${i}.npy`, zeros(16 * megabyte)]));
  writeFileSync(path, zip(arrays, true)); // 5 × 64 MB in 330 kB

  it("is listed without being unpacked", async () => {
    expect(statSync(path).size).toBeLessThan(megabyte);
    const taken = await buffers(async () => {
      const file = await openWeights(path);
      expect(file.tensors.z4).toEqual({ dtype: "F32", shape: [16 * megabyte] });
      await file.close();
    });
    expect(taken).toBeLessThan(16 * megabyte);
  });
  it("hands out one array in little more than its own memory, and refuses to hand out all at once", async () => {
    const file = await openWeights(path);
    const taken = await buffers(async () => expect((await file.read("z2")).data.length).toBe(16 * megabyte));
    expect(taken).toBeLessThan((64 + 16) * megabyte);
    await file.close();
    await expect(readNpz(path)).rejects.toThrow(/all tensors together must not be far larger than the file/);
  });
});
