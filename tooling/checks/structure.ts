import { join } from "node:path";
import type { Check } from "./check.ts";
import { filesBelow, type Package, packagesIn, readText } from "./workspace.ts";

const headings = ["## Example", "## Exports", "## Where in the paper", "## Errors", "## Limits"];
const vague = /^(utils?|helpers?|common|managers?|misc)$/;
/** Not published: it is part of every program. */
const bundled = "@gmem/terminal";
const families = ["packages/backbones", "packages/tokenizers", "packages/encoders"];

/** Every package has its README, honest file names and an index that is a table of contents. */
export const structure: Check = {
  name: "structure",
  async run(root) {
    const packages = [...(await packagesIn(root, "packages")), ...(await packagesIn(root, "apps"))];
    const problems: string[] = [];
    for (const entry of packages) {
      const files = await filesBelow(join(root, entry.folder));
      problems.push(...fileNames(entry, files), ...(await indexes(root, entry, files)));
      problems.push(...(await shipped(root, entry, files)));
      if (entry.folder.startsWith("packages/")) problems.push(...(await readme(root, entry)));
      if (families.includes(entry.folder)) problems.push(...(await members(root, entry, files)));
    }
    return problems;
  },
};

function fileNames({ folder }: Package, files: readonly string[]): string[] {
  return files
    .filter((file) => file.startsWith("src/"))
    .flatMap((file) => {
      const parts = file
        .slice(4)
        .replace(/\.[^/]*$/, "")
        .split("/");
      const bad = parts.find((part) => part.split("-").some((word) => vague.test(word)));
      if (bad) return [`${folder}/${file}: "${bad}" says nothing; name the file after its one idea`];
      const odd = parts.find((part) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part));
      return odd ? [`${folder}/${file}: file names are kebab-case, got "${odd}"`] : [];
    });
}

async function indexes(root: string, { folder }: Package, files: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const file of files.filter((file) => /^src\/(.*\/)?index\.ts$/.test(file))) {
    const text = (await readText(join(root, folder, file))) ?? "";
    if (/^\s*export\s*\*/m.test(text)) problems.push(`${folder}/${file}: names its exports, got "export *"`);
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
    const other = code.replace(/(export|import)\s+(type\s+)?\{[^}]*\}(\s*from\s*"[^"]*")?;?/g, "").trim();
    if (other !== "") problems.push(`${folder}/${file}: is a table of contents, got "${other.split("\n")[0]}"`);
  }
  return problems;
}

/** What ships imports what is installed with it: a bundler copies a development dependency in, where its paths are wrong. */
async function shipped(root: string, { folder, manifest }: Package, files: readonly string[]): Promise<string[]> {
  const installed = { ...manifest.dependencies, ...manifest.peerDependencies };
  const onlyHere = Object.keys(manifest.devDependencies ?? {}).filter((name) => !(name in installed));
  const problems: string[] = [];
  for (const file of files.filter((one) => /^src\/.*\.(ts|js)$/.test(one) && !/\.(test|test-d)\.ts$/.test(one))) {
    const text = (await readText(join(root, folder, file))) ?? "";
    for (const [, name = ""] of text.matchAll(
      /^(?:import|export) (?!type )[^"';]*?from "((?:@[^/"]+\/)?[^./"][^/"]*)/gm,
    ))
      if (onlyHere.includes(name) && name !== bundled)
        problems.push(`${folder}/${file}: imports what package.json names as a dependency or peer, got "${name}"`);
  }
  return problems;
}

async function readme(root: string, { folder, manifest }: Package): Promise<string[]> {
  const text = await readText(join(root, folder, "README.md"));
  if (text === undefined) return [`${folder}: has no README.md`];
  const problems: string[] = [];
  if (!text.startsWith(`# ${manifest.name} — `))
    problems.push(`${folder}/README.md: begins with "# ${manifest.name} — one line"`);
  const found = text.match(/^## .*$/gm) ?? [];
  for (const heading of headings)
    if (!found.some((line) => line.trim() === heading))
      problems.push(`${folder}/README.md: has the heading "${heading}"`);
  return problems;
}

/** A folder of a family is a choice: a factory, the type of its config, a test. */
async function members(root: string, { folder, manifest }: Package, files: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const name of Object.keys(manifest.exports ?? {})) {
    if (name === "." || name.endsWith("package.json")) continue;
    const member = `src/${name.slice(2)}`;
    const text = (await readText(join(root, folder, member, "index.ts"))) ?? "";
    const names = [...text.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, type = "", list = ""]) =>
      list.split(",").map((part) => `${type}${part.trim()}`),
    );
    if (!names.some((part) => /^[a-z]\w*$/.test(part))) problems.push(`${folder}/${member}: exports a factory`);
    if (!names.some((part) => /^type [A-Z]\w*(Config|Options)$/.test(part)))
      problems.push(`${folder}/${member}: exports the type of its settings, "…Config" or "…Options"`);
    if (!files.some((file) => file.startsWith(`${member}/`) && file.endsWith(".test.ts")))
      problems.push(`${folder}/${member}: has a test`);
  }
  return problems;
}
