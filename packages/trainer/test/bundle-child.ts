import { mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const near = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Node runs no TypeScript: a program of this folder becomes one file, with the engine's worker and its packages beside it. */
export async function bundleChild(name: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "gmem-child-"));
  const engine = near("../../engine-onnx");
  await build({
    entryPoints: { child: near(`./${name}.ts`), worker: join(engine, "src/worker.js") },
    outdir: join(root, "dist"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "warning",
    outExtension: { ".js": ".js" },
    conditions: ["@gmem/source"],
    external: ["onnxruntime-node"],
  });
  await writeFile(join(root, "package.json"), '{ "type": "module", "version": "0.0.0" }');
  await symlink(join(engine, "node_modules"), join(root, "node_modules"));
  return join(root, "dist", "child.js");
}
