import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A workspace package: where it is and what its package.json says. */
export interface Package {
  /** Folder relative to the root, with `/`: `packages/nn`. */
  readonly folder: string;
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly private?: boolean;
    readonly exports?: Readonly<Record<string, unknown>>;
    readonly bin?: Readonly<Record<string, string>>;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
  };
}

/** Text of a file, or undefined if there is none. */
export const readText = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);

/** The packages below one folder of the workspace (`packages`, `apps`), by name. */
export async function packagesIn(root: string, parent: string): Promise<readonly Package[]> {
  const names = (await readdir(join(root, parent)).catch(() => [])).sort();
  const found: Package[] = [];
  for (const name of names) {
    const text = await readText(join(root, parent, name, "package.json"));
    if (text !== undefined)
      found.push({ folder: `${parent}/${name}`, manifest: JSON.parse(text) as Package["manifest"] });
  }
  return found;
}

const skipped = new Set(["node_modules", "dist", ".git", ".turbo", "coverage"]);

/** `runs` is where run folders are made, unless it is a package of that name. */
const isSkipped = (folder: string, name: string): boolean =>
  skipped.has(name) ||
  name.startsWith(".check-") ||
  (name === "runs" && !existsSync(join(folder, name, "package.json")));

/** Every file below a folder, relative to it with `/`; dependencies, build outputs and run folders are left out. */
export async function filesBelow(folder: string, prefix = ""): Promise<readonly string[]> {
  const found: string[] = [];
  const entries = await readdir(join(folder, prefix), { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name;
    if (entry.isDirectory()) {
      if (!isSkipped(join(folder, prefix), entry.name)) found.push(...(await filesBelow(folder, path)));
    } else if (entry.isFile()) found.push(path);
  }
  return found;
}
