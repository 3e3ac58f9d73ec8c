import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { draftName } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { lockRun } from "./run-lock.ts";

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "gmem-lock-"));
const owner = (pid: number, started: string | null): string =>
  JSON.stringify({ pid, started, host: hostname(), token: "other" });

describe("the lock of a run folder", () => {
  it("refuses a second run, naming the process, and is free after release", async () => {
    const folder = await newFolder();
    const lock = await lockRun(folder);
    await expect(lockRun(folder)).rejects.toMatchObject({
      code: "LOCKED",
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await lock.release();
    await (await lockRun(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });
  it("takes the folder that was made for it along, unless something was put there", async () => {
    const parent = await newFolder();
    await (await lockRun(join(parent, "runs", "a"))).release();
    expect(await readdir(parent)).toEqual([]);
    const lock = await lockRun(join(parent, "runs", "b"));
    await writeFile(join(parent, "runs", "b", "config.json"), "{}");
    await lock.release();
    expect(await readdir(join(parent, "runs", "b"))).toEqual(["config.json"]);
  });
  it("is taken over from a process that is gone", async () => {
    const folder = await newFolder();
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await writeFile(join(folder, "run.lock"), owner(pid, null));
    const lock = await lockRun(folder);
    expect(JSON.parse(await readFile(lock.path, "utf8"))).toMatchObject({ pid: process.pid });
    await lock.release();
  });
  it.runIf(process.platform === "linux")(
    "is taken over when the process id has been given to another process",
    async () => {
      const folder = await newFolder();
      await writeFile(join(folder, "run.lock"), owner(process.pid, "1"));
      await (await lockRun(folder)).release();
    },
  );
  it("is taken over when it is cut short", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "run.lock"), '{"pi');
    await (await lockRun(folder)).release();
  });
  it("is not taken from a process of another machine", async () => {
    const folder = await newFolder();
    await writeFile(
      join(folder, "run.lock"),
      JSON.stringify({ pid: 1, started: null, host: "elsewhere", token: "other" }),
    );
    await expect(lockRun(folder)).rejects.toMatchObject({ code: "LOCKED" });
  });
  it("goes to exactly one of many that want a stale one at once", async () => {
    const folder = await newFolder();
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await writeFile(join(folder, "run.lock"), owner(pid, null));
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockRun(folder)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
  it("removes what processes that are gone had not finished, in the run's own folders", async () => {
    const folder = await newFolder();
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const mine = basename(await draftName(join(folder, "run.lock")));
    const stay = [
      "bank/bank.safetensors",
      ".mine.tmp",
      "photos/.a.png.0123456789ab.tmp",
      mine,
      join("samples", mine.replace("run.lock", "grid.png")), // this process is writing it
    ];
    const go = [
      ".config.json.0123456789ab.tmp",
      "bank/.bank.edits.jsonl.0123456789ab.tmp",
      "bank/previous/.x.edits.jsonl.0123456789ab.tmp",
      "bank/bank.safetensors.shards/.000000000-000000016.safetensors.0123456789ab.tmp",
      mine.replace(`-${process.pid}-`, `-${pid}-`),
      "run.lock.token.taken",
    ];
    for (const file of [...stay, ...go]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), file.endsWith("taken") ? owner(pid as number, null) : '{"pi');
    }
    await (await lockRun(folder)).release();
    const left = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = left.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
    expect(files.sort()).toEqual(stay.map((file) => join(folder, file)).sort());
  });
});
