import { execFileSync } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { describe, expect, it } from "vitest";
import { tinyRun } from "../test/tiny-run.ts";
import { listCheckpoints, readCheckpoint, train } from "./index.ts";

/** A disk of a few hundred kilobytes, where this process may mount one. */
async function smallDisk(): Promise<{ path: string; remove: () => void } | undefined> {
  const path = await mkdtemp(join(tmpdir(), "gmem-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=600k", "tmpfs", path], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return { path, remove: () => execFileSync("umount", ["-l", path]) };
}

const disk = await smallDisk();

describe.runIf(disk !== undefined)("a disk that fills up while training (needs the right to mount one)", () => {
  it("stops the run with DISK_FULL, with every earlier checkpoint whole and resumable", async () => {
    const folder = join(disk?.path as string, "run");
    const engine = await onnxEngine({ threads: 1 });
    try {
      const options = { engine, ...tinyRun({ checkpoint: { folder, every: 1, keep: 20 }, resume: true }) };
      const trainer = await train(options);
      const error = await (async () => {
        for await (const _ of trainer);
      })().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "DISK_FULL", message: expect.stringMatching(/Free some space/) });
      await trainer.close();
      const left = await listCheckpoints(folder);
      expect(left.length).toBeGreaterThan(0);
      expect(left.map(({ meta }) => meta.step)).toEqual(left.map((_, i) => i + 1));
      for (const checkpoint of left) expect(Object.keys(await readCheckpoint(checkpoint))).not.toEqual([]);

      const again = await train({ ...options, checkpoint: { folder, every: 1, keep: 1 } }); // fewer kept: room again
      for await (const { step } of again) expect(step).toBeGreaterThan(left.length);
      await again.close();
      expect((await listCheckpoints(folder)).map(({ meta }) => meta.step)).toEqual([20]);
    } finally {
      await engine.dispose();
      disk?.remove();
    }
  });
});
