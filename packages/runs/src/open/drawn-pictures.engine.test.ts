import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeImage } from "@gmem/datasets/png";
import { onnxEngine } from "@gmem/engine-onnx";
import { build, saveBank } from "@gmem/memory-bank";
import { key } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untrainedModel } from "../../test/untrained-model.ts";
import { modelMetadata } from "../folder/model-metadata.ts";
import { writeRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { drawnPictures } from "./drawn-pictures.ts";
import { openRun, type Run } from "./open-run.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-drawn-"));
const engine = await onnxEngine();
let run: Run;

beforeAll(async () => {
  const { config, model, parameters } = await untrainedModel("sit", "memory-bank", { solver: "euler", steps: 2 });
  const files = runFiles(folder);
  await writeRunConfig(files, { config, versions: {}, classes: [] });
  await writeSafetensors(files.model, parameters, { metadata: modelMetadata(config, model) });
  mkdirSync(join(folder, "bank"));
  await saveBank(build(key(1).normal([40, 12])), files.bank);
  run = await openRun(folder, { engine });
});
afterAll(async () => {
  await run.close();
  await engine.dispose();
});

/** Room for some ten files, where this process may mount a disk. */
function smallDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), "gmem-drawn-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=48k", "tmpfs", path], { stdio: "ignore" });
    return path;
  } catch {
    return undefined;
  }
}

const all = async ({ length, at }: Awaited<ReturnType<typeof drawnPictures>>): Promise<string[]> => {
  const pictures: string[] = [];
  for (let index = 0; index < length; index++) pictures.push(`${(await at(index)).image.data}`);
  return pictures;
};

describe("drawnPictures", () => {
  it("are the same in memory, on disk, and where some of those on disk are missing", async () => {
    const of = { count: 20, seed: 3 };
    const inMemory = await all(await drawnPictures(run, of));
    const kept = await drawnPictures(run, { ...of, folder: join(folder, "samples") });
    expect(await all(kept)).toEqual(inMemory);
    const files = readdirSync(kept.folder as string);
    expect(files).toHaveLength(20);
    for (const file of files.slice(7)) rmSync(join(kept.folder as string, file));
    expect(await all(await drawnPictures(run, { ...of, folder: join(folder, "samples") }))).toEqual(inMemory);
    expect(new Set(inMemory).size).toBe(20);
  });

  const disk = smallDisk();
  it.runIf(disk)(
    "on a disk that fills up end in DISK_FULL with whole pictures, and go on (needs the right to mount one)",
    async () => {
      const of = { count: 20, seed: 3, folder: join(disk as string, "samples") };
      const pictures = await drawnPictures(run, of);
      await expect(all(pictures)).rejects.toMatchObject({ code: "DISK_FULL" });
      const files = readdirSync(pictures.folder as string);
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => !/^\d{6}\.png$/.test(file))).toEqual([]);
      for (const file of files) await decodeImage(join(pictures.folder as string, file));
      execFileSync("mount", ["-o", "remount,size=2m", disk as string]);
      expect(await all(await drawnPictures(run, of))).toEqual(
        await all(await drawnPictures(run, { count: 20, seed: 3 })),
      );
      execFileSync("umount", ["-l", disk as string]);
    },
  );

  it("are known by weights, bank, sampler, seed and count, and never mixed in a folder", async () => {
    const { content } = await drawnPictures(run, { count: 4, seed: 0 });
    expect((await drawnPictures(run, { count: 4, seed: 0 })).content).toBe(content);
    const settings = { ...run.config.sampler, steps: 3 };
    for (const other of [
      { count: 5, seed: 0 },
      { count: 4, seed: 1 },
      { count: 4, seed: 0, settings },
    ])
      expect((await drawnPictures(run, other)).content).not.toBe(content);
    await expect(drawnPictures(run, { count: 0, seed: 0 })).rejects.toThrow(/count must be a positive whole number/);
  });
});
