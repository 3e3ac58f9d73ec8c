import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve, sep } from "node:path";
import { isMainThread } from "node:worker_threads";
import type { Fault } from "./fault.ts";

/*
 * Loaded before a program (`node --import`): counts what it does to the files of a folder, and at the n-th moment kills the
 * process or fills the disk. A write has two moments: before it, and when half of its bytes are there.
 */

type Method = (...args: unknown[]) => unknown;
type Owner = Record<string, Method>;

const fault = JSON.parse(process.env.GMEM_FAULT ?? "null") as Fault | null;
const { appendFileSync } = fs;
let moments = 0;
let full = false;
/** A method of Node's that is built on others of these counts once. */
let isInside = false;

/** The file that a call changes, if it lies in the folder. */
const files = new WeakMap<object, string>();
const descriptors = new Map<number, string>();
function pathOf(target: unknown): string | undefined {
  if (typeof target === "number") return descriptors.get(target);
  if (typeof target === "object" && target !== null && !(target instanceof URL)) return files.get(target);
  const path = resolve(String(target instanceof URL ? target.pathname : target));
  return fault && (path === fault.root || path.startsWith(fault.root + sep)) ? path : undefined;
}

function kill(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Counts a moment. @returns whether it is the chosen one. */
function arrive(name: string, path: string): boolean {
  if (fault?.log !== undefined) appendFileSync(fault.log, `${name} ${path.slice(fault.root.length + 1)}\n`);
  return ++moments === fault?.at;
}

/** A method that changes what is at a path: before it, the process may end or the disk be full. */
function change(owner: Owner, name: string, options: { readonly path: number; readonly grows: boolean }): void {
  const own = owner[name] as Method;
  owner[name] = function (this: unknown, ...args: unknown[]) {
    const path = pathOf(args[options.path]);
    if (path === undefined || isInside) return own.apply(this, args);
    const chosen = arrive(name, path);
    if (chosen && fault?.kind === "kill") kill();
    if (chosen) full = true;
    return full && options.grows ? refuse(name, path) : quietly(own, this, args);
  };
}

/** A method that puts bytes into a file; `target` is its own object where that is the file. */
function write(owner: Owner, name: string, target?: "this"): void {
  const own = owner[name] as Method;
  owner[name] = function (this: unknown, ...args: unknown[]) {
    const path = pathOf(target === "this" ? this : args[0]);
    if (path === undefined || isInside) return own.apply(this, args);
    const half = (): unknown => quietly(own, this, halved(args, target === "this" ? 0 : 1));
    const before = arrive(name, path);
    if (before && fault?.kind === "kill") kill();
    const between = !before && arrive(`half-${name}`, path);
    if (between && fault?.kind === "kill") return after(half(), kill);
    if (before || between) full = true;
    if (!full) return quietly(own, this, args);
    return between ? after(half(), () => refuse(name, path)) : refuse(name, path);
  };
}

/** Calls a method; what it calls at once does not count. */
function quietly(own: Method, self: unknown, args: unknown[]): unknown {
  isInside = true;
  try {
    return own.apply(self, args);
  } finally {
    isInside = false;
  }
}

const after = (done: unknown, next: () => unknown): unknown => (done instanceof Promise ? done.then(next) : next());

/** The arguments of a write with half of its bytes. */
function halved(args: readonly unknown[], at: number): unknown[] {
  const data = args[at];
  const bytes = typeof data === "string" ? Buffer.from(data) : (data as Uint8Array);
  if (typeof args[at + 2] === "number") return args.with(at + 2, Math.floor((args[at + 2] as number) / 2));
  return args.with(at, bytes.subarray(0, Math.floor(bytes.byteLength / 2)));
}

function refuse(name: string, path: string): unknown {
  const syscall = name.replace(/Sync$/, "");
  const message = `ENOSPC: no space left on device, ${syscall} '${path}'`;
  const error = Object.assign(new Error(message), { code: "ENOSPC", errno: -28, syscall, path });
  if (name.endsWith("Sync")) throw error;
  return Promise.reject(error);
}

const changesFile = (flags: unknown): boolean => typeof flags === "string" && flags !== "r";

function openings(owner: Owner, name: string): void {
  const own = owner[name] as Method;
  change(owner, name, { path: 0, grows: true });
  const counted = owner[name] as Method;
  owner[name] = (...args: unknown[]) => {
    const path = pathOf(args[0]);
    if (path === undefined || !changesFile(args[1])) return own(...args);
    const remember = (opened: unknown): unknown => {
      if (typeof opened === "number") descriptors.set(opened, path);
      else files.set(opened as object, path);
      return opened;
    };
    const opened = counted(...args);
    return opened instanceof Promise ? opened.then(remember) : remember(opened);
  };
}

async function install(): Promise<void> {
  const handle = await fs.promises.open(process.execPath, "r");
  const handles = Object.getPrototypeOf(handle) as Owner;
  await handle.close();
  const owners: [Owner, string][] = [
    [fs.promises as unknown as Owner, ""],
    [fs as unknown as Owner, "Sync"],
  ];
  for (const [owner, end] of owners) {
    openings(owner, `open${end}`);
    for (const name of ["writeFile", "appendFile"]) write(owner, name + end);
    for (const name of ["mkdir", "mkdtemp"]) change(owner, name + end, { path: 0, grows: true });
    for (const name of ["link", "symlink", "copyFile", "cp"]) change(owner, name + end, { path: 1, grows: true });
    for (const name of ["rm", "rmdir", "unlink", "truncate"]) change(owner, name + end, { path: 0, grows: false });
    change(owner, `rename${end}`, { path: 1, grows: false });
  }
  for (const name of ["write", "writeFile", "appendFile"]) write(handles, name, "this");
  write(fs as unknown as Owner, "writeSync");
  syncBuiltinESMExports();
}

if (fault && isMainThread) await install();
