import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow, packagesIn, readText } from "../workspace.ts";

/** Everything that documentation can name. */
export interface KnownNames {
  /** Files and folders, relative to the root. */
  readonly paths: ReadonlySet<string>;
  /** Words of the sources, comments apart: `unitRows`, and with their hyphens `memory-bank`. */
  readonly words: ReadonlySet<string>;
  /** The sources as one text. */
  readonly text: string;
  /** `@gmem/backbones` and `@gmem/backbones/sit`: what export maps let in. */
  readonly modules: ReadonlySet<string>;
  /** Scripts of the root's package.json. */
  readonly scripts: ReadonlySet<string>;
  /** Programs that `npx` finds: those in node_modules/.bin, and those of the repository's own apps. */
  readonly programs: ReadonlySet<string>;
  /** Commands of the repository's own program: `bank`, `add`. */
  readonly commands: ReadonlySet<string>;
}

const source = /\.(ts|js|mjs|cjs|json|ya?ml|sh|py)$|^\.ci\/run$/;

/** Reads the repository at `root`. */
export async function knownNames(root: string): Promise<KnownNames> {
  const files = await filesBelow(root);
  const sources = files.filter(
    (file) => source.test(file) && !/^docs\/|pnpm-lock\.yaml$|^tooling\/checks\/docs\/.*\.test\.ts$/.test(file),
  );
  const texts = await Promise.all(
    sources.map(async (file) => withoutComments((await readText(join(root, file))) ?? "", file)),
  );
  const text = texts.join("\n");
  const words = new Set(text.match(/[A-Za-z_$][\w$]*/g) ?? []);
  for (const word of text.match(/[A-Za-z_][\w]*(?:-\w+)+/g) ?? []) words.add(word);
  const manifest = JSON.parse((await readText(join(root, "package.json"))) ?? "{}") as {
    scripts?: Record<string, string>;
  };
  return {
    paths: new Set(files.flatMap(withFolders)),
    words,
    text,
    modules: new Set(await modulesOf(root)),
    scripts: new Set(Object.keys(manifest.scripts ?? {})),
    programs: new Set(await programsOf(root)),
    commands: new Set([...text.matchAll(/\.command\(\s*"([\w-]+)/g)].map((match) => match[1] as string)),
  };
}

/** `a/b/c.ts` → itself, `a/b` and `a`. */
const withFolders = (file: string): string[] => {
  const parts = file.split("/");
  return parts.map((_, i) => parts.slice(0, i + 1).join("/"));
};

/** A name that only comments have does not exist. Comments are those that begin a line: `/*` also stands in patterns. */
const withoutComments = (text: string, file: string): string =>
  /\.[mc]?[jt]s$/.test(file) ? text.replace(/^\s*\/\*[\s\S]*?\*\//gm, "").replace(/^\s*\/\/.*$/gm, "") : text;

async function modulesOf(root: string): Promise<string[]> {
  return (await packagesIn(root, "packages")).flatMap(({ manifest }) => [
    manifest.name,
    ...Object.keys(manifest.exports ?? {}).map((name) => manifest.name + name.slice(1)),
  ]);
}

async function programsOf(root: string): Promise<string[]> {
  const own = (await packagesIn(root, "apps")).flatMap(({ manifest }) =>
    manifest.bin ? [manifest.name, ...Object.keys(manifest.bin)] : [],
  );
  return [...own, ...(await readdir(join(root, "node_modules", ".bin")).catch(() => []))];
}
