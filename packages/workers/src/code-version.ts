import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    if (found.has(manifest.name)) return;
    found.set(manifest.name, { folder, manifest });
    const require = createRequire(join(folder, "package.json"));
    for (const name of Object.keys(manifest.dependencies ?? {}))
      if (name.startsWith("@gmem/")) visit(dirname(require.resolve(`${name}/package.json`)));
      else if (name === "onnxruntime-node") {
        const { version } = require(`${name}/package.json`) as Manifest;
        found.set(name, { folder: "", manifest: { name, version } });
      }
  };
  visit(join(dirname(fileURLToPath(import.meta.url)), ".."));
  const major = process.versions.node.split(".")[0];
  hash.update(`node ${major} ${process.platform} ${process.arch}\n`);
  for (const [name, { folder, manifest }] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${manifest.version}\n`);
    if (folder === "") continue;
    for (const file of readdirSync(join(folder, "dist"), { recursive: true, encoding: "utf8" }).sort())
      if (file.endsWith(".js")) hash.update(file).update(readFileSync(join(folder, "dist", file)));
  }
  return hash.digest("hex").slice(0, 16);
}
