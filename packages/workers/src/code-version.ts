import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { GMemError } from "@gmem/tensor";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * 16 hex digits of all code of ours that this program runs, of the runtime of its networks and of the kind of machine: two
 * workers that say the same compute the same bits, as far as code decides it.
 */
export function codeVersion(): string {
  const hash = createHash("sha256");
  const found = new Map<string, { readonly folder: string; readonly manifest: Manifest }>();
  const visit = (folder: string): void => {
    const manifest = manifestOf(folder);
    if (found.has(manifest.name)) return;
    found.set(manifest.name, { folder, manifest });
    for (const name of Object.keys(manifest.dependencies ?? {}))
      if (name.startsWith("@gmem/")) visit(packageFolder(name, folder));
      else if (name === "onnxruntime-node") {
        const { version } = manifestOf(packageFolder(name, folder));
        found.set(name, { folder: "", manifest: { name, version } });
      }
  };
  visit(join(dirname(fileURLToPath(import.meta.url)), ".."));
  const major = process.versions.node.split(".")[0];
  hash.update(`node ${major} ${process.platform} ${process.arch}\n`);
  for (const [name, { folder, manifest }] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${manifest.version}\n`);
    if (folder === "") continue;
    for (const file of scriptsBelow(join(folder, "dist")))
      hash.update(file).update(readFileSync(join(folder, "dist", file)));
  }
  return hash.digest("hex").slice(0, 16);
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** Where a folder's code finds a package; `require.resolve` says the same, 20 ms later for all of ours. */
function packageFolder(name: string, from: string): string {
  const folder = join(from, "node_modules", name);
  if (existsSync(folder)) return realpathSync.native(folder);
  const above = dirname(from);
  if (above === from)
    throw new GMemError("VERSION", `code: package ${name} must be installed, got none; install it again`);
  return packageFolder(name, above);
}

/** Paths of all built code of a package, in order; `recursive` of Node 20 takes seven times as long. */
function scriptsBelow(root: string, below = ""): readonly string[] {
  return readdirSync(join(root, below), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(below, entry.name);
      if (entry.isDirectory()) return scriptsBelow(root, path);
      return path.endsWith(".js") ? [path] : [];
    })
    .sort();
}
