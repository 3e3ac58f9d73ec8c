import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array } from "@gmem/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { writeFileAtomic } from "./atomic-file.ts";
import { draftName } from "./draft-name.ts";
import { fileError } from "./weights-error.ts";
import { writeSafetensors } from "./write-safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-atomic-"));

describe("writeFileAtomic", () => {
  it("replaces the content and leaves no other file", async () => {
    const path = join(folder, "state.json");
    await writeFileAtomic(path, "old");
    await writeFileAtomic(path, new TextEncoder().encode("new"));
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(readdirSync(folder)).toEqual(["state.json"]);
  });
  it("says which file could not be written", async () => {
    const path = join(folder, "absent", "state.json");
    await expect(writeFileAtomic(path, "x")).rejects.toMatchObject({ code: "WEIGHTS", file: path });
  });
  it("cleans up when the name is taken by a folder", async () => {
    const path = join(folder, "taken");
    mkdirSync(path);
    await expect(writeFileAtomic(path, "x")).rejects.toMatchObject({ code: "WEIGHTS" });
    expect(readdirSync(folder).sort()).toEqual(["state.json", "taken"]);
    rmSync(path, { recursive: true });
  });
  it("removes what a process that is gone left of the file, and nothing that somebody is at work on", async () => {
    const path = join(folder, "state.json");
    const mine = await draftName(path);
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const gone = mine.replace(`-${process.pid}-`, `-${pid}-`);
    const stay = [mine, join(folder, ".other.tmp"), gone.replace("state", "another")];
    for (const file of [...stay, gone]) writeFileSync(file, "half");
    await writeFileAtomic(path, "new");
    const left = readdirSync(folder).map((file) => join(folder, file));
    expect(left.sort()).toEqual([path, ...stay].sort());
    for (const file of stay) rmSync(file);
  });
});

describe("a full disk", () => {
  it.runIf(process.platform === "linux")("is code DISK_FULL with advice", () => {
    const device = openSync("/dev/full", "w");
    let cause: unknown;
    try {
      writeSync(device, "x");
    } catch (error) {
      cause = error;
    }
    expect(fileError("a.safetensors", "write", cause)).toMatchObject({
      code: "DISK_FULL",
      message: expect.stringContaining("free some space"),
    });
  });

  const small = mountSmall();
  afterAll(() => {
    if (small) execFileSync("umount", [small]);
  });
  it.runIf(small)("keeps the old file and removes the part (needs the right to mount a tmpfs)", async () => {
    const path = join(small as string, "checkpoint.safetensors");
    await writeSafetensors(path, { w: array([1, 2, 3]) });
    const old = readFileSync(path);
    const big = { w: array(new Float32Array(1 << 20)) };
    await expect(writeSafetensors(path, big)).rejects.toMatchObject({ code: "DISK_FULL", file: path });
    expect(readFileSync(path)).toEqual(old);
    expect(readdirSync(small as string)).toEqual(["checkpoint.safetensors"]);
  });
});

/** A file system of 1 MB, where the system lets us make one. */
function mountSmall(): string | undefined {
  const at = mkdtempSync(join(tmpdir(), "gmem-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", at], { stdio: "ignore" });
    return at;
  } catch {
    return undefined;
  }
}
