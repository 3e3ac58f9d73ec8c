import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { comparableMetrics } from "@gmem/trainer";

/** Files that hold the time of day, or how long something took. */
const timed = /(^|\/)(events\.out\.tfevents\.[^/]*|report\.html|demo\.json)$/;

/** Every file of a folder with a hash of its bytes; what holds times counts as present only once. */
export async function contents(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    if (timed.test(path)) found.set(path.replace(/tfevents\..*/, "tfevents"), "timed");
    else if (entry.name === "metrics.jsonl")
      found.set(path, hash(Buffer.from(comparableMetrics(await readFile(join(folder, path), "utf8")))));
    else if (entry.isFile()) found.set(path, hash(await readFile(join(folder, path))));
    else found.set(`${path}/`, "folder");
  }
  return found;
}

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 12);

/** What differs, a line a file; empty for equal folders. */
export function differences(found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): string[] {
  return [...new Set([...found.keys(), ...wanted.keys()])].sort().flatMap((path) => {
    if (!wanted.has(path)) return [`left over: ${path}`];
    if (!found.has(path)) return [`missing: ${path}`];
    return found.get(path) === wanted.get(path) ? [] : [`other content: ${path}`];
  });
}
