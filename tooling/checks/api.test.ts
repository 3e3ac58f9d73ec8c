import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { api } from "./api.ts";
import { execute } from "./command.ts";

const silu = "export declare function silu(x: number): number;\n";
const gelu = "export declare function gelu(x: number): number;\n";
const manifest = (version: string): string =>
  JSON.stringify({ name: "@gmem/nn", version, exports: { ".": { types: "./dist/index.d.ts" } } }, null, 2);

const settings = {
  "package.json": "{}",
  "pnpm-workspace.yaml": "packages: [packages/*]\n",
  ".changeset/config.json": "{}",
};

let root = "";
const plant = async (files: Readonly<Record<string, string>>, folder = root): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
};
const git = async (...args: readonly string[]): Promise<void> => {
  const identity = ["-c", "user.name=check", "-c", "user.email=check@localhost", "-c", "commit.gpgsign=false"];
  const { code, output } = await execute("git", [...identity, ...args], { cwd: root });
  expect(code, output).toBe(0);
};
/** A package with two functions, released as this version, and a commit after that. */
const release = async (version: string): Promise<void> => {
  await plant({ "packages/nn/package.json": manifest(version), "packages/nn/dist/index.d.ts": silu + gelu });
  await api.fix?.(root);
  await git("add", "packages/nn/package.json", "packages/nn/etc");
  await git("commit", "--quiet", "--message", "Versions");
  await git("commit", "--quiet", "--message", "Later", "--allow-empty");
};
const changeset = (bump: string): Promise<void> =>
  plant({ ".changeset/change.md": `---\n"@gmem/nn": ${bump}\n---\n\nDiffers.\n` });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "check-api-"));
  await symlink(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(root, "node_modules"));
  await plant(settings);
  await git("init", "--quiet");
});
afterEach(() => rm(root, { recursive: true }));

describe("check api", () => {
  it("finds a report that is not what is built, and writes it", async () => {
    await release("0.0.0");
    expect(await api.run(root)).toEqual([]);
    await plant({ "packages/nn/dist/index.d.ts": silu });
    expect(await api.run(root)).toEqual([expect.stringContaining("packages/nn/etc/nn.api.md: must be what is built")]);
    await api.fix?.(root);
    expect(await api.run(root)).toEqual([]); // nobody uses what was never released
    expect(await readFile(join(root, "packages/nn/etc/nn.api.md"), "utf8")).toContain(silu.replace("declare ", ""));
  });

  it("finds an export that is removed without a changeset that says so", async () => {
    await release("0.1.0");
    await plant({ "packages/nn/dist/index.d.ts": silu });
    await api.fix?.(root);
    const problem =
      'packages/nn/etc/nn.api.md: removes gelu of @gmem/nn since 0.1.0; give @gmem/nn a changeset of "minor"';
    expect(await api.run(root)).toEqual([problem]);
    await changeset("patch");
    expect(await api.run(root)).toEqual([problem]);
    await changeset("minor");
    expect(await api.run(root)).toEqual([]);
  });

  it("wants a major from 1.0, for a change too, and nothing for what is new", async () => {
    await release("1.0.0");
    await plant({ "packages/nn/dist/index.d.ts": `${silu}${gelu}export declare const e: number;\n` });
    await api.fix?.(root);
    expect(await api.run(root)).toEqual([]);
    await plant({ "packages/nn/dist/index.d.ts": silu + gelu.replace("x: number", "x: string") });
    await api.fix?.(root);
    await changeset("minor");
    expect(await api.run(root)).toEqual([
      expect.stringContaining('changes gelu of @gmem/nn since 1.0.0; give @gmem/nn a changeset of "major"'),
    ]);
    await changeset("major");
    expect(await api.run(root)).toEqual([]);
  });

  it("refuses to compare without the history", async () => {
    await release("0.1.0");
    await git("clone", "--quiet", "--depth=1", `file://${root}`, "clone");
    const clone = join(root, "clone");
    await plant({ ...settings, "packages/nn/dist/index.d.ts": silu + gelu }, clone);
    await expect(api.run(clone)).rejects.toThrow("git fetch --unshallow");
  });
});
