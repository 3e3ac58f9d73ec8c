import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Files } from "@gmem/jobs";

/** The files of a folder as the result of a shard. */
export async function filesIn(folder: string): Promise<Files> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const nameOf = (path: string): string => path.slice(join(folder, "/").length).replaceAll("\\", "/");
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [nameOf(path), new Uint8Array(await readFile(path))] as const)),
  );
}
