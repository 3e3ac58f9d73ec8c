import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { isGMemError, key } from "@gmem/tensor";
import { mutated } from "./mutate.ts";
import { type Handed, type Parser, parsers } from "./parsers.ts";

/** What a worker is asked: mutations `from` … `to` of a parser's files. */
export interface Task {
  readonly parser: string;
  readonly from: number;
  readonly to: number;
}

/** What came of it. */
export interface Outcome {
  readonly parser: string;
  readonly files: number;
  /** Read all the same. */
  readonly read: number;
  /** Which mutation, and what was wrong. */
  readonly failures: readonly string[];
  /** The slowest, in milliseconds of this process. */
  readonly slowest: number;
  /** The most that the peak of memory grew for one file, in bytes. */
  readonly most: number;
}

const folder = mkdtempSync(join(tmpdir(), "gmem-mutations-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const peak = (): number => process.resourceUsage().maxRSS * 1024;
const bytesOf = (handed: Handed): number => Object.values(handed).reduce((sum, { data }) => sum + data.byteLength, 0);

process.on("message", async (task: Task) => process.send?.(await work(task)));

async function work({ parser: name, from, to }: Task): Promise<Outcome> {
  const parser = parsers.find((one) => one.name === name) as Parser;
  const originals = [];
  for (const path of await parser.files(mkdtempSync(join(folder, "whole-"))))
    originals.push({ path, bytes: readFileSync(path), handed: await parser.read(path) });
  const failures: string[] = [];
  let [read, slowest, most] = [0, 0, 0];
  for (let i = from; i < to; i++) {
    const { path, bytes, handed } = originals[i % originals.length] as (typeof originals)[number];
    const damaged = mutated(bytes, key(41).split(`${name} ${i}`));
    const at = besides(path, damaged);
    const [before, resident] = [peak(), process.memoryUsage.rss()];
    const start = process.cpuUsage();
    const result = await parser.read(at).catch((error: unknown) => ({ error }));
    const { user, system } = process.cpuUsage(start);
    const milliseconds = (user + system) / 1000;
    const isRead = !("error" in result);
    const out = isRead ? bytesOf(result as Handed) : 0;
    const grown = peak() > before ? peak() - resident : 0;
    slowest = Math.max(slowest, milliseconds);
    most = Math.max(most, grown);
    if (isRead) read++;
    const wrong = [
      ...(isRead ? amiss(result as Handed, handed, parser.checked) : untyped((result as { error: unknown }).error)),
      ...(milliseconds > 1000 ? [`it took ${milliseconds.toFixed(0)} ms`] : []),
      ...(grown > 4 * (damaged.length + out) + 64 * 2 ** 20 ? [`it took ${grown} bytes for ${damaged.length}`] : []),
    ];
    failures.push(...wrong.map((what) => `${name} ${i} (${extname(path)}): ${what}`));
  }
  return { parser: name, files: to - from, read, failures, slowest, most };
}

/** The damaged file under the name and beside the files of the whole one, written over and over. */
function besides(path: string, bytes: Buffer): string {
  const at = path.startsWith(folder) ? path : join(folder, `damaged${extname(path)}`);
  const fd = openSync(at, at === path ? "r+" : "w");
  ftruncateSync(fd, bytes.length);
  writeSync(fd, bytes, 0, bytes.length, 0);
  closeSync(fd);
  return at;
}

const untyped = (error: unknown): readonly string[] =>
  isGMemError(error) ? [] : [`no typed error: ${(error as Error).stack?.slice(0, 400)}`];

/** Arrays that are not what they say, or, behind checksums, not what they were. */
function amiss(handed: Handed, original: Handed, checked = false): readonly string[] {
  return Object.entries(handed).flatMap(([name, { shape, data }]) => {
    const count = shape.reduce((product, n) => product * n, 1);
    if (data.length !== count) return [`"${name}" [${shape}] has ${data.length} values`];
    if (!checked || Object.values(original).some((other) => sameValues(other.data, data))) return [];
    return [`"${name}" [${shape}] has other values than the file had`];
  });
}

const sameValues = (a: Handed[string]["data"], b: Handed[string]["data"]): boolean =>
  a.byteLength === b.byteLength &&
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
