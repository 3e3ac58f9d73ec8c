import { mkdir, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { block, run } from "../repository.ts";
import type { Registry } from "./registry.ts";

/** An empty project outside the workspace that installs from a registry, with the options of every user: none. */
export interface Consumer {
  readonly folder: string;
  /** Runs its package manager. */
  manage(...args: readonly string[]): string;
  /** Runs the example of a package's README. */
  example(packageFolder: string): Promise<void>;
  /** Runs a line of JavaScript and returns what it printed. */
  evaluate(code: string): string;
  /** Version of the one copy of a package that is installed. @throws {Error} if there is none, or more than one. */
  only(name: string): Promise<string>;
}

export async function consumer(manager: "npm" | "pnpm", folder: string, registry: Registry): Promise<Consumer> {
  await mkdir(folder, { recursive: true });
  const strict = manager === "pnpm" ? "strict-peer-dependencies=true\nmodules-cache-max-age=0\n" : ""; // nothing is left lying
  await writeFile(join(folder, ".npmrc"), registry.npmrc + strict);
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  return {
    folder,
    manage: (...args) => run(manager, args, folder),
    async example(packageFolder) {
      const code = await block(`packages/${packageFolder}/README.md`, { language: "ts", first: "import" });
      await writeFile(join(folder, "example.js"), code);
      run(process.execPath, ["example.js"], folder);
    },
    evaluate: (code) => run(process.execPath, ["--input-type=module", "--eval", code], folder).trim(),
    async only(name) {
      const inside = join(folder, "node_modules");
      const paths = (await readdir(inside, { recursive: true })).filter((path) =>
        `/${path}`.endsWith(`/${name}/package.json`),
      );
      const copies = [...new Set(await Promise.all(paths.map((path) => realpath(join(inside, path)))))]; // pnpm links to one
      const found = await Promise.all(copies.map((path) => readFile(path, "utf8")));
      const versions = found.map((text) => (JSON.parse(text) as { readonly version: string }).version);
      const [version] = versions;
      if (version === undefined || versions.length > 1)
        throw new Error(
          `${folder}: holds one ${name}, got ${versions.length} (${versions.join(", ")}):\n${copies.join("\n")}`,
        );
      return version;
    },
  };
}
