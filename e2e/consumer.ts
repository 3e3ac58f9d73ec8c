#!/usr/bin/env node
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Packs every package, installs the tarballs with npm in an empty project outside the workspace and runs the quick start. */
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Node versions of the quick start, from npm's own packages of the binary; the empty one is the Node that runs this. */
const nodes = ["", "22.23.3", "24.21.0"] as const;

const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name))),
  PATH: `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}`,
  ONNXRUNTIME_NODE_INSTALL: "skip", // the CPU library is in the package; only CUDA's would be downloaded
};

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")} ended with ${status ?? error?.message}\n${stdout}${stderr}`.trimEnd());
}

/** The block of the README whose first line says so. */
function quickStart(readme: string): string {
  const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => match[1] as string);
  const block = blocks.find((code) => code.startsWith("// quick start"));
  if (block === undefined) throw new Error('README.md: needs a ts block that begins with "// quick start", got none');
  return block;
}

/** Tarballs of all published packages, by package name. */
async function pack(folder: string): Promise<Readonly<Record<string, string>>> {
  const tarballs: Record<string, string> = {};
  for (const name of (await readdir(join(root, "packages"))).sort()) {
    const manifest = JSON.parse(await readFile(join(root, "packages", name, "package.json"), "utf8")) as {
      name: string;
      private?: boolean;
    };
    if (manifest.private) continue;
    run("pnpm", ["pack", "--pack-destination", folder], join(root, "packages", name));
    const prefix = `${manifest.name.replace("@", "").replace("/", "-")}-`;
    const file = (await readdir(folder)).find(
      (entry) => entry.startsWith(prefix) && /^\d/.test(entry.slice(prefix.length)),
    );
    if (file === undefined) throw new Error(`pnpm pack: wrote no tarball of ${manifest.name}`);
    tarballs[manifest.name] = `file:${join(folder, file)}`;
  }
  return tarballs;
}

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-consumer-"));
  let [passed, failed] = [0, 0];
  const step = async (name: string, work: () => Promise<string> | string): Promise<boolean> => {
    const start = performance.now();
    try {
      const printed = (await work()).trim();
      passed++;
      console.log(
        `ok   ${name} ${((performance.now() - start) / 1000).toFixed(1)} s${printed ? `\n     ${printed.replaceAll("\n", "\n     ")}` : ""}`,
      );
      return true;
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}\n     ${(error as Error).message.replaceAll("\n", "\n     ")}`);
      return false;
    }
  };
  try {
    const project = join(folder, "project");
    let tarballs: Readonly<Record<string, string>> = {};
    const ready =
      (await step("pack", async () => {
        await mkdir(project);
        await mkdir(join(folder, "tarballs"));
        tarballs = await pack(join(folder, "tarballs"));
        return `${Object.keys(tarballs).length} packages`;
      })) &&
      (await step("npm install", async () => {
        // packages refer to each other by version; overrides let npm take those from the tarballs as well
        const manifest = {
          name: "consumer",
          private: true,
          type: "module",
          dependencies: tarballs,
          overrides: tarballs,
        };
        await writeFile(join(project, "package.json"), JSON.stringify(manifest, null, 2));
        run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"], project);
        return "";
      })) &&
      (await step("compile the quick start", async () => {
        await writeFile(
          join(project, "quick-start.ts"),
          quickStart(await readFile(process.argv[2] ?? join(root, "README.md"), "utf8")),
        );
        const options = ["--module", "nodenext", "--target", "es2023", "--strict", "--skipLibCheck", "--types", "node"];
        run("tsc", ["quick-start.ts", ...options, "--typeRoots", join(root, "node_modules", "@types")], project);
        return "";
      }));
    if (ready)
      for (const version of nodes) {
        const name = `quick start on Node ${version || process.versions.node}`;
        const [program, ...first] = version
          ? [
              "npx",
              "--yes",
              "-p",
              `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}@${version}`,
              "node",
            ]
          : [process.execPath];
        await step(name, () => run(program as string, [...first, "quick-start.js"], project));
      }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main();
