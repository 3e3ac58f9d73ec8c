import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { breaks } from "./breaking.ts";
import { writeDependents } from "./write-dependents.ts";

let root = "";
const plant = async (files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(root, name, ".."), { recursive: true });
    await writeFile(join(root, name), text);
  }
};
const manifest = (name: string, version: string, dependencies: readonly string[] = []): Record<string, string> => ({
  [`packages/${name}/package.json`]: JSON.stringify({
    name: `@gmem/${name}`,
    version,
    dependencies: Object.fromEntries(dependencies.map((other) => [`@gmem/${other}`, "workspace:^"])),
  }),
});
const changeset = (name: string, bump: string): Record<string, string> => ({
  [`.changeset/${name}.md`]: `---\n"@gmem/${name}": ${bump}\n---\n\nDiffers.\n`,
});
const workspace = (version: string): Record<string, string> => ({
  "package.json": "{}",
  "pnpm-workspace.yaml": "packages: [packages/*]\n",
  ".changeset/config.json": "{}",
  ...manifest("tensor", version),
  ...manifest("nn", version, ["tensor"]),
  ...manifest("backbones", version, ["nn"]),
  ...manifest("png", version),
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "release-"));
});
afterEach(() => rm(root, { recursive: true }));

describe("a release", () => {
  it.each([
    ["0.1.0", "patch", false],
    ["0.1.0", "minor", true],
    ["0.1.0", "major", true],
    ["1.2.0", "minor", false],
    ["1.2.0", "major", true],
    ["0.0.0", "minor", false],
  ] as const)("of %s by a %s change breaks: %s", (oldVersion, type, expected) => {
    expect(breaks({ name: "x", type, oldVersion })).toBe(expected);
  });

  it("that breaks breaks what depends on it, directly or not, and nothing else", async () => {
    await plant({ ...workspace("0.1.0"), ...changeset("tensor", "minor") });
    expect(await writeDependents(root)).toEqual(["@gmem/nn", "@gmem/backbones"]);
    const written = await readFile(join(root, ".changeset/dependents.md"), "utf8");
    expect(written).toMatch(/^---\n"@gmem\/nn": minor\n"@gmem\/backbones": minor\n---\n/);
    expect(await writeDependents(root)).toEqual([]);
  });

  it("from 1.0 breaks what depends on it by a major step", async () => {
    await plant({ ...workspace("1.0.0"), ...changeset("nn", "major") });
    await writeDependents(root);
    expect(await readFile(join(root, ".changeset/dependents.md"), "utf8")).toContain('"@gmem/backbones": major');
  });

  it.each([
    ["a patch", "0.1.0", "patch"],
    ["a minor from 1.0", "1.0.0", "minor"],
    ["the first", "0.0.0", "minor"],
  ])("that is %s leaves dependents alone", async (_, version, bump) => {
    await plant({ ...workspace(version), ...changeset("tensor", bump) });
    expect(await writeDependents(root)).toEqual([]);
  });
});
