import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../repository.ts";

/** What of a long suite has passed. */
export interface Progress {
  /** Does a piece of work, unless it passed before. @returns what it gave. */
  once<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Forgets everything: the suite is whole. */
  finish(): void;
}

/** Nothing is kept. */
export const unkept = (): Progress => progressIn(undefined);

/** Kept on the disk for as long as what is tried stays the same, so that an interruption costs one piece. */
export function kept(suite: string): Progress {
  const folder = join(root, "node_modules/.cache/gmem-e2e");
  mkdirSync(folder, { recursive: true });
  return progressIn(join(folder, `${suite}-${builtHash()}.jsonl`));
}

function progressIn(path: string | undefined): Progress {
  const passed = new Map(linesOf(path).map((line) => JSON.parse(line) as [name: string, result: unknown]));
  return {
    async once<T>(name: string, work: () => Promise<T>) {
      if (passed.has(name)) return passed.get(name) as T;
      const result = await work();
      passed.set(name, result);
      if (path !== undefined) appendFileSync(path, `${JSON.stringify([name, result ?? null])}\n`);
      return result;
    },
    finish() {
      if (path !== undefined) rmSync(path, { force: true });
    },
  };
}

/** Whole lines only: the last may have been cut off. */
function linesOf(path: string | undefined): readonly string[] {
  if (path === undefined) return [];
  try {
    return readFileSync(path, "utf8").split("\n").slice(0, -1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Of the programs that are tried and that try, as they are built. */
function builtHash(): string {
  const hash = createHash("sha256");
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  for (const folder of [...packages, "apps/train", "e2e"].map((name) => join(root, name, "dist")))
    for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort())
      if (entry.endsWith(".js")) hash.update(entry).update(readFileSync(join(folder, entry)));
  return hash.digest("hex").slice(0, 12);
}
