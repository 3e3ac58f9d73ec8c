import { cp, mkdir, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { GMemError } from "@gmem/tensor";

/** The page as it was built, from sources and in the program. */
const built = fileURLToPath(new URL("../dist/page/", import.meta.url));

/** Each way to compute has its own: a browser fetches one of them. */
const modules = ["ort.webgpu.min.mjs", "ort.wasm.min.mjs"];
const binaries = ["ort-wasm-simd-threaded.asyncify", "ort-wasm-simd-threaded"].flatMap((name) => [
  `${name}.mjs`,
  `${name}.wasm`,
]);

/**
 * Copies the page and onnxruntime-web into a folder.
 * @throws {GMemError} code `CONFIG` where onnxruntime-web is not installed.
 */
export async function copyPage(folder: string): Promise<void> {
  const ort = ortFolder();
  for (const name of await readdir(built)) await cp(join(built, name), join(folder, name), { recursive: true });
  await mkdir(join(folder, "ort"));
  for (const name of [...modules, ...binaries]) await cp(join(ort, name), join(folder, "ort", name));
}

/** Where onnxruntime-web keeps its files: beside this program or in the project that it is called from. */
function ortFolder(): string {
  for (const from of [import.meta.url, join(process.cwd(), "package.json")]) {
    try {
      return dirname(createRequire(from).resolve("onnxruntime-web/wasm"));
    } catch {
      // looked for in the next place
    }
  }
  throw new GMemError(
    "CONFIG",
    "export: --page needs onnxruntime-web, which is not installed; run `npm install onnxruntime-web@1.30.0`",
  );
}
