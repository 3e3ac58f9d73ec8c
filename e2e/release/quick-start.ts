import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { block, root, run } from "./repository.ts";
import type { Steps } from "./steps.ts";

/** Node versions of the quick start, from npm's own packages of the binary; the empty one is the Node that runs this. */
const nodes = ["", "22.23.3", "24.21.0"] as const;

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

/** Packs every package, installs the tarballs with npm in an empty project outside the workspace and runs the quick start. */
export async function consumer({ step }: Steps): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-consumer-"));
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
        const code = await block("README.md", { language: "ts", first: "// quick start" });
        await writeFile(join(project, "quick-start.ts"), code);
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
}
