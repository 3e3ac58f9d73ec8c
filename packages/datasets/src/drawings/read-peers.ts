import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { GMemError } from "@gmem/tensor";

/** Finds packages beside this one or in the project that the program was started in. */
const finders: readonly NodeJS.Require[] = [createRequire(import.meta.url), createRequire(resolve("package.json"))];

function find(file: string): string | undefined {
  for (const finder of finders)
    try {
      return finder.resolve(file);
    } catch {
      // asked again in the other place, and then named
    }
}

/** Where a JSON file of a package lies, and how to read it. */
export interface PeerFile {
  /** Of the file in its package, such as "@iconify-json/noto/icons.json". */
  readonly name: string;
  read<T>(): Promise<T>;
}

/**
 * JSON files of packages that the user installs.
 * @throws {GMemError} code `CONFIG` naming every package that is not there; code `FORMAT` when a file is not JSON.
 */
export function peerFiles(names: readonly string[]): PeerFile[] {
  const found = names.map((name) => ({ name, path: find(name) }));
  const missing = [...new Set(found.filter(({ path }) => path === undefined).map(({ name }) => packageName(name)))];
  if (missing.length > 0)
    throw new GMemError(
      "CONFIG",
      `drawings: needs ${missing.join(", ")}, which ${missing.length === 1 ? "is" : "are"} not installed; run \`npm install ${missing.join(" ")}\``,
    );
  return found.map(({ name, path }) => ({ name, read: async <T>() => parsed<T>(path as string) }));
}

const packageName = (file: string): string =>
  file
    .split("/")
    .slice(0, file.startsWith("@") ? 2 : 1)
    .join("/");

async function parsed<T>(path: string): Promise<T> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (cause) {
    throw new GMemError("FORMAT", `drawings: ${path} must be the JSON of its package; install it again`, { cause });
  }
}
