import { randomUUID } from "node:crypto";
import { access, constants, copyFile, link, mkdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { GMemError } from "@gmem/tensor";
import { draftName, isRunning, type ProcessOwner, thisProcess } from "@gmem/weights";
import { sweep } from "./sweep.ts";

/** Keeps a run folder for one process. */
export interface RunLock {
  readonly path: string;
  release(): Promise<void>;
}

interface Owner extends ProcessOwner {
  readonly token: string;
}

/**
 * Takes `run.lock` in a folder of ours. A lock left behind by a process that is gone is taken over, and what such processes
 * had not finished is removed. A folder that was made for the lock goes with it, unless something was put there.
 * @throws {GMemError} code `LOCKED` if another process is writing there.
 * @example
 * const lock = await lockRun("runs/scenes");
 * await lock.release();
 */
export async function lockRun(folder: string): Promise<RunLock> {
  const path = join(folder, "run.lock");
  const owner: Owner = { ...(await thisProcess()), token: randomUUID() };
  const draft = await draftName(path);
  const made = await writeInFolder(draft, JSON.stringify(owner));
  try {
    for (let attempt = 0; attempt < 100; attempt++) {
      const found = (await linked(draft, path)) ? "none" : await readOwner(path);
      if (found !== "none") {
        if (found && (await isRunning(found))) throw locked(folder, path, found);
        if (!(await takenOver(path, found, draft))) continue;
      }
      await sweep(folder, isOver);
      return { path, release: () => release(path, { token: owner.token, made }) };
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new GMemError("LOCKED", `lockRun: ${folder} is being taken by other processes again and again; try once more`);
}

/** Writes a new file in a folder that may have to be made. @returns the topmost folder that was. */
async function writeInFolder(path: string, text: string): Promise<string | undefined> {
  for (let attempt = 0; ; attempt++) {
    const made = await mkdir(dirname(path), { recursive: true });
    try {
      await writeFile(path, text, { flag: "wx" });
      return made;
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === "ENOENT"; // removed, empty, by whoever had made it
      if (!isGone || attempt === 99) throw error;
    }
  }
}

/** A link appears whole or not at all, so nobody reads a lock that is half written. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP"].includes(code)) throw error;
    return copied(draft, path); // a file system without links
  }
}

async function copied(draft: string, path: string): Promise<boolean> {
  try {
    await copyFile(draft, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * Puts this process's draft in the place of a dead owner's lock. Only whoever holds the marker of that very lock may do
 * so, and only while the lock is still there: the place is never empty in between, so nobody else can slip in.
 */
async function takenOver(path: string, stale: Owner | undefined, draft: string): Promise<boolean> {
  const marker = `${path}.${stale?.token ?? "torn"}.taken`;
  if (!(await linked(draft, marker))) {
    const other = await readOwner(marker);
    if (!other || !(await isRunning(other))) await rm(marker, { force: true }); // it died while taking over
    return false;
  }
  try {
    const current = await readOwner(path);
    if (current?.token !== stale?.token || !(await exists(path))) return false;
    await rename(draft, path);
    return true;
  } finally {
    await rm(marker, { force: true });
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const owner = JSON.parse(await readFile(path, "utf8")) as Partial<Owner>;
    return typeof owner.pid === "number" && typeof owner.token === "string" ? (owner as Owner) : undefined;
  } catch {
    return undefined; // gone by now, or not ours to understand: nobody alive stands behind it
  }
}

/** Whether a file is the marker of a process that is gone. */
async function isOver(marker: string): Promise<boolean> {
  const owner = await readOwner(marker);
  return !(owner && (await isRunning(owner)));
}

async function release(
  path: string,
  { token, made }: { readonly token: string; readonly made: string | undefined },
): Promise<void> {
  if ((await readOwner(path))?.token !== token) return;
  await rm(path, { force: true });
  if (made === undefined) return;
  for (let folder = resolve(dirname(path)); folder.startsWith(resolve(made)); folder = dirname(folder))
    try {
      await rmdir(folder);
    } catch {
      return; // not empty
    }
}

const locked = (folder: string, path: string, { pid, host }: Owner): GMemError =>
  new GMemError(
    "LOCKED",
    `${folder}: one process at a time may write to a run or bank, got one in use by process ${pid} on ${host}; ` +
      `wait for it, choose another name, or delete ${path} if that process is over`,
  );
