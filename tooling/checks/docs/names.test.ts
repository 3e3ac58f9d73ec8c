import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configKeys } from "./config-keys.ts";
import { names } from "./names.ts";
import { spansOf } from "./spans.ts";

const sound: Record<string, string> = {
  "package.json": JSON.stringify({ scripts: { demo: "", check: "", "gmem-train": "" } }),
  "packages/a/package.json": JSON.stringify({ name: "@gmem/a", exports: { ".": {}, "./sit": {} } }),
  "apps/train/package.json": JSON.stringify({ name: "@gmem/train", bin: { "gmem-train": "./dist/cli.js" } }),
  "packages/a/src/unit-rows.ts":
    "/** Made of `ghosts`. */\nexport const unitRows = (rows: number, options: { gain: number }) => rows;\n",
  "apps/train/src/cli.ts":
    'program.command("run").option("--dry-run", "x");\nconst bank = program.command("bank");\nbank.command("add");\n',
};

const schema = { properties: { steps: {}, mask: { anyOf: [{ properties: { p: {} } }, { type: "null" }] } } };

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "names-"));
});
afterEach(() => rm(root, { recursive: true }));

const found = async (document: string, at = "README.md"): Promise<readonly string[]> => {
  for (const [name, text] of Object.entries({ ...sound, [at]: document })) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return names({ steps: () => ["biome", "names"], keys: async () => configKeys(schema) }).run(root);
};

describe("names", () => {
  it.each([
    "`unitRows`, `unitRows(rows, { gain })`, `options.gain`, `{ rows }`, `steps=3 mask.p=gain`, `mask.p`",
    "`@gmem/a`, `@gmem/a/sit`, `/sit`, `packages/a/src`, `packages/*/src/unit-rows.ts`, `unit-rows.ts`, `packages/NAME`",
    "`npm run demo`, `npx pnpm check biome`, `gmem-train run NAME --dry-run`, `gmem-train bank add x.png`, `npx gmem-train run NAME`, `npx @gmem/train bank add x.png`, `--dry-run`",
    "`node packages/a/src/unit-rows.ts x`, `npm install anything`, `pip install anything`, `a sentence about nothing that exists`",
    "```ts\nnothing(here);\n```\n```sh\nnpm run gmem-train -- bank add x # nothing --here\n```",
  ])("finds nothing in %s", async (document) => {
    expect(await found(document)).toEqual([]);
  });

  it.each([
    ["`unitRow`", '1: `unitRow`: no source has "unitRow"'],
    ["a\n\nb `ghosts`", '3: `ghosts`: no source has "ghosts"'],
    ["`unitRows(columns)`", 'no source has "columns"'],
    ["`options.gains`", 'no source has "gains"'],
    ["`steps=3 rows=4`", 'no configuration has "rows"'],
    ["`mask.steps=1`", 'no configuration has "mask.steps"'],
    ["`mask.rows`", 'no configuration and no source has "mask.rows"'],
    ["`gmem-train run NAME gain=4`", 'no configuration has "gain"'],
    ["`@gmem/a/dit`", "no package exports it"],
    ["`@other/library`", "no package depends on it"],
    ["`packages/a/src/rows.ts`", "no such file"],
    ["`rows.ts`", "no such file"],
    ["`--wet-run`", "no source knows this flag"],
    ["`npm run play`", 'package.json has no script "play"'],
    ["`npx pnpm check size`", 'pnpm check has no step "size"'],
    ["`node packages/a/src/rows.ts`", 'there is no file "packages/a/src/rows.ts"'],
    ["`npx ghost run`", 'no program "ghost" is installed'],
    ["`gmem-train bank drop 3`", 'gmem-train has no command "drop"'],
    ["`npx gmem-train fly`", 'gmem-train has no command "fly"'],
    ["`gmem-train run --wet-run`", "no source knows the flag --wet-run"],
    ["```sh\nnpm run gmem-train -- fly # away\n```", '2: `npm run gmem-train -- fly`: gmem-train has no command "fly"'],
  ])("finds the wrong name in %s", async (document, problem) => {
    expect((await found(document)).join("\n")).toContain(problem);
    expect((await found(document, "docs/decisions/001-a.md")).join("\n")).toContain("docs/decisions/001-a.md:");
  });

  it("looks for the files of a package's README in that package", async () => {
    expect(await found("`src/unit-rows.ts` `unit-rows.ts`", "packages/a/README.md")).toEqual([]);
    expect(await found("`unit-rows.ts`", "apps/train/README.md")).toHaveLength(1);
  });
});

describe("spans", () => {
  it("are inline code and shell lines, with their lines", () => {
    expect(spansOf("`a` ``b `c` ``\n```sh\nd # e\n```\n```ts\nf\n```\n`g`")).toEqual([
      { text: "a", line: 1, kind: "inline" },
      { text: "b `c`", line: 1, kind: "inline" },
      { text: "d", line: 3, kind: "shell" },
      { text: "g", line: 8, kind: "inline" },
    ]);
  });
});
