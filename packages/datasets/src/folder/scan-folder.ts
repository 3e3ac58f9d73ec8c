import { readdir, realpath, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { GMemError } from "@gmem/tensor";

/** One image file of a folder. */
export interface FoundImage {
  /** Path from the folder, with slashes. */
  readonly file: string;
  /** Length of the file. */
  readonly bytes: number;
}

const EXTENSIONS: readonly string[] = [".png", ".jpg", ".jpeg", ".webp"];

/**
 * Lists the PNG, JPEG and WebP files under a folder in the order of torchvision's ImageFolder: directories by path, files
 * by name inside each. Names that begin with a dot are left out; links are followed, but not into a directory that holds
 * them.
 * @throws {GMemError} code `DATA` if the folder cannot be read.
 */
export async function scanFolder(folder: string): Promise<FoundImage[]> {
  const directories: { readonly path: string; readonly files: readonly string[] }[] = [];
  const walk = async (path: string, above: ReadonlySet<string>): Promise<void> => {
    const here = await realpath(join(folder, path));
    if (above.has(here)) return;
    const files: string[] = [];
    for (const entry of await readdir(join(folder, path), { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const target = entry.isSymbolicLink() ? await stat(join(folder, path, entry.name)).catch(() => undefined) : entry;
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      if (target?.isDirectory()) await walk(inner, new Set([...above, here]));
      else if (target?.isFile() && EXTENSIONS.includes(extname(entry.name).toLowerCase())) files.push(inner);
    }
    if (files.length > 0) directories.push({ path, files: files.sort() });
  };
  try {
    await walk("", new Set());
    const names = directories.sort((a, b) => (a.path < b.path ? -1 : 1)).flatMap(({ files }) => files);
    const found: FoundImage[] = [];
    for (let at = 0; at < names.length; at += 64) {
      const some = names.slice(at, at + 64);
      found.push(
        ...(await Promise.all(some.map(async (file) => ({ file, bytes: (await stat(join(folder, file))).size })))),
      );
    }
    return found;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GMemError("DATA", `imageFolder: the path must be a folder that can be read, got: ${reason}`, { cause });
  }
}
