import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { textHash } from "./content-hash.ts";
import { isRunning, thisProcess } from "./process-owner.ts";

const machine = (): string => textHash([hostname()]).slice(0, 8);

/** A hidden path beside `path` for what is not whole yet; it says which process is at work on it. */
export async function draftName(path: string): Promise<string> {
  const { pid, started } = await thisProcess();
  const owner = `${machine()}-${pid}-${started ?? ""}`;
  return join(dirname(path), `.${basename(path)}.${owner}.${randomBytes(6).toString("hex")}.tmp`);
}

/** Whether a name is that of a draft whose process is gone. */
export async function isLeftOver(name: string): Promise<boolean> {
  const [, host, pid, started] = /^\..+\.([0-9a-f]{8})-(\d+)-(\d*)\.[0-9a-f]{12}\.tmp$/.exec(name) ?? [];
  if (host !== machine()) return false;
  return !(await isRunning({ pid: Number(pid), started: started || null, host: hostname() }));
}

/** Removes what processes that are gone left of a file or folder. */
export async function removeLeftOvers(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(`.${basename(path)}.`) && (await isLeftOver(name)))
      await rm(join(folder, name), { recursive: true, force: true });
}
