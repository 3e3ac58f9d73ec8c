import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { Check } from "../check.ts";
import { execute, type Finished } from "../command.ts";
import { filesBelow, packagesIn, readText } from "../workspace.ts";
import { type DocBlock, exampleBlocks, exportedNames, importsFor, readmeBlocks } from "./extract.ts";

/** Every ```ts block of a README and every `@example` compiles against the built packages and runs. */
export const docs: Check = {
  name: "docs",
  async run(root) {
    const blocks = await collect(root);
    // inside tooling/, from where every package of the workspace can be imported
    const folder = await mkdtemp(join(root, "tooling", ".check-docs-"));
    try {
      await linkPackages(root, folder);
      return await compileAndRun(root, folder, blocks);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Examples may also import packages that the tooling does not depend on, and what those are developed with. */
async function linkPackages(root: string, folder: string): Promise<void> {
  for (const { folder: at, manifest } of await packagesIn(root, "packages")) {
    if (existsSync(join(root, "tooling", "node_modules", manifest.name))) continue;
    const peers = Object.keys(manifest.devDependencies ?? {}).filter((name) => !name.startsWith("@gmem/"));
    const links = [[manifest.name, at] as const, ...peers.map((name) => [name, `${at}/node_modules/${name}`] as const)];
    for (const [name, target] of links) {
      const link = join(folder, "node_modules", name);
      if (existsSync(link)) continue;
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(root, target), link);
    }
  }
}

/** What an example may use besides its own package. */
const known: Readonly<Record<string, string>> = {
  "@gmem/tensor": "packages/tensor/src/index.ts",
  "@gmem/tensor/linalg": "packages/tensor/src/linalg/index.ts",
  "@gmem/engine-onnx": "packages/engine-onnx/src/index.ts",
};

/** All blocks of the repository, with their imports. */
export async function collect(root: string): Promise<readonly DocBlock[]> {
  const blocks: DocBlock[] = [];
  const markdown = (await filesBelow(root)).filter(
    (file) => file.endsWith(".md") && !/(^|\/)(CHANGELOG|node_modules|etc\/)/.test(file),
  );
  for (const file of markdown) {
    const folder = file.match(/^(packages|apps)\/[^/]+/)?.[0] ?? ".";
    blocks.push(...readmeBlocks((await readText(join(root, file))) ?? "", file, folder));
  }
  const namesOf = async (path: string): Promise<ReturnType<typeof exportedNames>> =>
    exportedNames((await readText(path)) ?? "");
  const always = await Promise.all(
    Object.entries(known).map(async ([specifier, path]) => ({ specifier, names: await namesOf(join(root, path)) })),
  );
  for (const { folder, manifest } of await packagesIn(root, "packages")) {
    const entries = await Promise.all(
      Object.entries(manifest.exports ?? {})
        .filter(([name]) => name !== "./package.json")
        .map(async ([name, target]) => {
          const source = (target as { "@gmem/source": string })["@gmem/source"].slice(2);
          return { source, specifier: manifest.name + name.slice(1), names: await namesOf(join(root, folder, source)) };
        }),
    );
    for (const file of await filesBelow(join(root, folder, "src"))) {
      if (!/\.(ts|js)$/.test(file) || /\.(test|test-d|d)\.ts$/.test(file)) continue;
      // the entry whose folder holds the file comes first, then the package's others, then tensor
      const own = entries.toSorted((a, b) => distance(a.source, file) - distance(b.source, file));
      for (const block of exampleBlocks(
        (await readText(join(root, folder, "src", file))) ?? "",
        `${folder}/src/${file}`,
        folder,
      ))
        blocks.push({ ...block, code: `${importsFor(block.code, [...own, ...always])}\n${block.code}` });
    }
  }
  return blocks;
}

/** 0 for the index of the file's own folder, more for those further away. */
function distance(index: string, file: string): number {
  const folder = index.replace(/^src\/?/, "").replace(/\/?index\.ts$/, "");
  return folder === "" ? 100 : `${file}/`.startsWith(`${folder}/`) ? 100 - folder.length : 200;
}

/** Compiles all blocks as one program and runs those that ask for it. */
export async function compileAndRun(
  root: string,
  folder: string,
  blocks: readonly DocBlock[],
): Promise<readonly string[]> {
  const options = {
    noEmit: false,
    declaration: false,
    sourceMap: false,
    isolatedDeclarations: false,
    erasableSyntaxOnly: false,
    allowImportingTsExtensions: false,
    noUncheckedIndexedAccess: false,
    exactOptionalPropertyTypes: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    customConditions: [],
    moduleDetection: "force",
    rootDir: "src",
    outDir: "out",
  };
  await mkdir(join(folder, "src"), { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.base.json"), include: ["src"], compilerOptions: options }),
  );
  await Promise.all(blocks.map(({ code }, i) => writeFile(join(folder, "src", `b${i}.ts`), code)));
  const compile = (): Promise<Finished> => execute("tsc", ["-p", folder, "--pretty", "false"], { cwd: folder, root });
  let compiled = await compile();
  const free = freeNames(compiled.output, blocks);
  if (free.size > 0) {
    for (const [i, names] of free) {
      const declared = [...names].map((name) => `declare const ${name}: any;`).join(" ");
      await writeFile(join(folder, "src", `b${i}.ts`), `${blocks[i]?.code}\n${declared}\n`);
    }
    compiled = await compile();
  }
  const problems = compiled.output
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.replace(/^.*?src\/b(\d+)\.ts\((\d+),\d+\): /, (_, i: string) => `${blocks[Number(i)]?.at}: `));
  if (compiled.code !== 0) return problems;
  return runBlocks(folder, blocks);
}

/**
 * Names that an example marked `// no-run` does not declare, by block: they stand for what the reader has (`images`,
 * `engine`). A function that is called must exist.
 */
function freeNames(output: string, blocks: readonly DocBlock[]): ReadonlyMap<number, ReadonlySet<string>> {
  const free = new Map<number, Set<string>>();
  for (const match of output.matchAll(/src\/b(\d+)\.ts\(.*(?:Cannot find name|shorthand property) '(\w+)'/g)) {
    const [i, name] = [Number(match[1]), match[2] as string];
    const block = blocks[i];
    if (!block || block.run || block.kind !== "example" || new RegExp(`\\b${name}\\(`).test(block.code)) continue;
    free.set(i, (free.get(i) ?? new Set()).add(name));
  }
  return free;
}

/** One process for the examples of a package, one for each block of a README; each begins in an empty folder. */
async function runBlocks(folder: string, blocks: readonly DocBlock[]): Promise<readonly string[]> {
  const groups = new Map<string, number[]>();
  blocks.forEach((block, i) => {
    if (block.run) {
      const key = block.kind === "readme" ? block.at : block.folder;
      groups.set(key, [...(groups.get(key) ?? []), i]);
    }
  });
  const pending = [...groups.values()];
  const problems: string[] = [];
  const worker = async (): Promise<void> => {
    for (let group = pending.pop(); group; group = pending.pop())
      problems.push(...(await runGroup(folder, group, blocks)));
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  return problems;
}

async function runGroup(
  folder: string,
  group: readonly number[],
  blocks: readonly DocBlock[],
): Promise<readonly string[]> {
  const empty = await mkdtemp(join(folder, "cwd-"));
  const script = `
    let failed = 0;
    for (const i of ${JSON.stringify(group)}) {
      try { await import("../out/b" + i + ".js"); }
      catch (error) { failed = 1; console.error("#" + i + "#" + (error?.stack ?? error).toString().split("\\n").slice(0, 3).join(" | ")); }
    }
    process.exit(failed);`;
  await writeFile(join(empty, "run.mjs"), script);
  // Node 20 waits for its compile threads in process.exit, and one of those may wait for a collection that does not come
  const args = ["--no-concurrent-recompilation", "run.mjs"];
  const { code, output } = await execute(process.execPath, args, { cwd: empty });
  if (code === 0) return [];
  const named = [...output.matchAll(/^#(\d+)#(.*)$/gm)].map((match) => `${blocks[Number(match[1])]?.at}: ${match[2]}`);
  return named.length > 0 ? named : [`${blocks[group[0] as number]?.at}: ended with ${code}\n${output}`];
}
