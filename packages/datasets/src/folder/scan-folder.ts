import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { GMemError } from "@gmem/tensor";
import { byCodePoint } from "./by-code-point.ts";
import { leftOutByName } from "./file-kinds.ts";
import type { LeftOut } from "./left-out.ts";

/** One image file of a folder. */
export interface FoundImage {
  /** Path from the folder, with slashes. */
  readonly file: string;
  /** Length of the file. */
  readonly bytes: number;
}

/** What a folder holds. */
export interface FoundFiles {
  readonly images: readonly FoundImage[];
  /** Files that are not opened, by their names. */
  readonly others: readonly LeftOut[];
}

interface Directory {
  /** From the folder, with slashes. */
  readonly path: string;
  /** The first part of the path. */
  readonly first: string;
  readonly files: readonly string[];
}

/**
 * Lists the files under a folder in the order of torchvision's ImageFolder: what lies at the top, then first subfolders by
 * name, all of one together: within it directories by path, files by name inside each. Names that begin with a dot are
 * passed over; links are followed, but not into a directory that holds them.
 * @throws {GMemError} code `DATA` if the folder cannot be read.
 */
export async function scanFolder(folder: string): Promise<FoundFiles> {
  const directories: Directory[] = [];
  const walk = async (path: string, above: ReadonlySet<string>): Promise<void> => {
    const here = await realpath(join(folder, path));
    if (above.has(here)) return;
    const files: string[] = [];
    for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const target = entry.isSymbolicLink() ? await stat(join(folder, path, entry.name)).catch(() => undefined) : entry;
      if (target?.isDirectory())
        await walk(path === "" ? entry.name : `${path}/${entry.name}`, new Set([...above, here]));
      else if (target?.isFile()) files.push(entry.name);
    }
    directories.push({ path, first: path.split("/", 1)[0] as string, files: files.sort(byCodePoint) });
  };
  try {
    await walk("", new Set());
    directories.sort((a, b) => byCodePoint(a.first, b.first) || byCodePoint(a.path, b.path));
    const names = directories.flatMap(({ path, files }) =>
      files.map((file) => (path === "" ? file : `${path}/${file}`)),
    );
    const others = names.flatMap((file) => leftOutByName(file) ?? []);
    const unopened = new Set(others.map(({ file }) => file));
    return {
      images: await withLengths(
        folder,
        names.filter((file) => !unopened.has(file)),
      ),
      others,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GMemError("DATA", `imageFolder: the path must be a folder that can be read, got: ${reason}`, { cause });
  }
}

async function withLengths(folder: string, names: readonly string[]): Promise<FoundImage[]> {
  const found: FoundImage[] = [];
  for (let at = 0; at < names.length; at += 64) {
    const some = names.slice(at, at + 64);
    found.push(
      ...(await Promise.all(some.map(async (file) => ({ file, bytes: (await stat(join(folder, file))).size })))),
    );
  }
  return found;
}
