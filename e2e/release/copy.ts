import { appendFile, cp, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { root, run } from "../repository.ts";
import type { Registry } from "./registry.ts";

type Versions = Readonly<Record<string, string>>;

/** A copy of the repository as it lies in the work tree, with a history of its own, that publishes to a registry. */
export interface Copy {
  /** Versions of the packages that are published, by name. */
  versions(): Promise<Versions>;
  /** Published packages that depend on one, directly or not. */
  dependents(name: string): Promise<ReadonlySet<string>>;
  /** Gives a package an export of this name, and a changeset that says how its version moves. */
  change(of: string, bump: "patch" | "minor" | "major", name: string): Promise<void>;
  /** Consumes the changesets. @returns the versions after that. */
  version(): Promise<Versions>;
  /** Builds every package, or one alone. */
  build(name?: string): string;
  /** Writes the tarball of a package, as it would be published, into a folder. */
  pack(path: string, destination: string): string;
  /** Publishes the versions that the registry does not have, as a release does. */
  publish(): string;
  /** The same with one call of pnpm, which is several times faster, and makes no tags. */
  publishAll(): string;
  /** What CHANGELOG.md says of the newest version of a package. */
  newest(name: string): Promise<string>;
}

export async function copyOf(folder: string, registry: Registry): Promise<Copy> {
  await copyFiles(folder);
  await appendFile(join(folder, ".npmrc"), registry.publisher);
  const env = {
    npm_config_registry: registry.url, // changesets publishes to the public registry without it
    PATH: `${join(folder, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}`,
    TURBO_CACHE_DIR: join(root, ".turbo", "cache"),
    TURBO_TELEMETRY_DISABLED: "1",
    CI: "true",
  };
  run("pnpm", ["install", "--frozen-lockfile", "--prefer-offline"], folder, { CI: "true" });
  const tool = (program: string, ...args: readonly string[]): string => run(program, args, folder, env);
  const commit = (message: string): void => {
    tool("git", "add", "--all");
    const identity = [
      "-c",
      "user.name=rehearsal",
      "-c",
      "user.email=rehearsal@localhost",
      "-c",
      "commit.gpgsign=false",
    ];
    tool("git", ...identity, "commit", "--quiet", "--message", message);
  };
  tool("git", "init", "--quiet", "--initial-branch", "main");
  for (const [key, value] of [
    ["user.name", "rehearsal"],
    ["user.email", "rehearsal@localhost"],
  ] as const)
    tool("git", "config", key, value); // of the tags
  commit("The repository");

  const folders = await publishedFolders(folder);
  const at = (name: string, file: string): string => join(folder, folders[name] as string, file);
  const versions = async (): Promise<Versions> => {
    const found = Object.keys(folders).map(async (name) => [name, (await manifest(at(name, ""))).version] as const);
    return Object.fromEntries(await Promise.all(found));
  };
  return {
    versions,
    async dependents(name) {
      const manifests = await Promise.all(Object.keys(folders).map((of) => manifest(at(of, ""))));
      const found = new Set([name]);
      for (let size = 0; size !== found.size; ) {
        size = found.size;
        for (const { name: of, dependencies = {} } of manifests)
          if (Object.keys(dependencies).some((other) => found.has(other))) found.add(of);
      }
      found.delete(name);
      return found;
    },
    async change(of, bump, name) {
      await writeFile(at(of, `src/${name}.ts`), `export const ${name}: string = "${of}";\n`);
      await appendFile(at(of, "src/index.ts"), `export { ${name} } from "./${name}.ts";\n`);
      await writeFile(join(folder, `.changeset/${name}.md`), `---\n"${of}": ${bump}\n---\n\nHas \`${name}\`.\n`);
      commit(name);
    },
    async version() {
      tool("pnpm", "version-packages");
      commit("Versions");
      return versions();
    },
    build: (name) =>
      tool(
        "turbo",
        "run",
        "build",
        "--output-logs=errors-only",
        ...(name
          ? [`--filter=${name}`, "--only"]
          : ["--filter=./packages/*", "--filter=./apps/*", "--filter=./examples/outside/*"]),
      ),
    pack: (path, destination) => tool("pnpm", "--dir", path, "pack", "--pack-destination", destination),
    publish: () => tool("changeset", "publish"),
    publishAll: () =>
      tool("pnpm", "--recursive", "--filter=./packages/*", "--filter=./apps/*", "publish", "--no-git-checks"),
    async newest(name) {
      const [, text = ""] = (await readFile(at(name, "CHANGELOG.md"), "utf8")).split(/^## /m);
      return text;
    },
  };
}

/** Every file that git tracks, or would. */
async function copyFiles(folder: string): Promise<void> {
  const listed = run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], root);
  for (const file of new Set(listed.split("\0").filter(Boolean))) {
    if (!(await stat(join(root, file)).catch(() => undefined))) continue; // deleted, and git's index has it still
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file));
  }
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifest = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as Manifest;

/** Folders of the packages and programs that are published, by name. */
async function publishedFolders(root: string): Promise<Readonly<Record<string, string>>> {
  const found: [string, string][] = [];
  for (const parent of ["packages", "apps"])
    for (const entry of (await readdir(join(root, parent))).sort()) {
      const { name, private: hidden } = await manifest(join(root, parent, entry));
      if (!hidden) found.push([name, `${parent}/${entry}`]);
    }
  return Object.fromEntries(found);
}
