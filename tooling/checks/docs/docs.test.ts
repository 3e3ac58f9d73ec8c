import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compileAndRun } from "./docs.ts";
import { exampleBlocks, exportedNames, importsFor, readmeBlocks } from "./extract.ts";
import { links } from "./links.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const source = `
/**
 * Doubles.
 * @example
 * const y = double(full([2], 1));
 * y; // [2]
 * @throws never
 */
export const double = 1;
/** @example double(2); */
/**
 * @example
 * // no-run
 * double(3);
 */
`;

describe("documentation check", () => {
  it("finds the examples of doc comments and what they ask for", () => {
    const blocks = exampleBlocks(source, "a.ts", "packages/a");
    expect(blocks.map(({ code }) => code)).toEqual([
      "const y = double(full([2], 1));\ny; // [2]\n",
      "double(2);\n",
      "// no-run\ndouble(3);\n",
    ]);
    expect(blocks.map(({ run }) => run)).toEqual([true, true, false]);
  });

  it("finds the blocks of a README with their lines", () => {
    const blocks = readmeBlocks(
      "# a\n```ts\nlet x = 1;\n```\n```sh\nls\n```\n```ts\n// no-run\n```\n",
      "README.md",
      ".",
    );
    expect(blocks).toMatchObject([
      { at: "README.md:3", code: "let x = 1;\n", run: true },
      { at: "README.md:9", run: false },
    ]);
  });

  it("imports what a block uses, from its own package first, and nothing it declares", () => {
    const own = { specifier: "@gmem/a", names: exportedNames('export { double, type Double } from "./a.ts";') };
    const tensor = {
      specifier: "@gmem/tensor",
      names: exportedNames("export { full, array, double } from './b.ts';\nexport type { Named } from './c.ts';"),
    };
    const code =
      'const array = double(full([1], 2)); const n: Named<Double> = { x: array }; // key\nimport { key } from "k";';
    expect(importsFor(code, [own, tensor])).toBe(
      'import { double, type Double } from "@gmem/a"; import { full, type Named } from "@gmem/tensor";',
    );
  });

  it("reports code that does not compile and code that throws, each by its place", async () => {
    const folder = await mkdtemp(join(root, "tooling", ".check-test-"));
    const block = (at: string, code: string) => ({
      at,
      code,
      kind: "example" as const,
      folder: "packages/a",
      run: true,
    });
    try {
      const compiled = await compileAndRun(root, folder, [block("a.ts:1", 'const x: number = "one";\n')]);
      expect(compiled.join()).toContain("a.ts:1: error TS2322");
      const unrun = { ...block("a.ts:4", "// no-run\nimages.map(double);\n"), run: false };
      expect(
        (
          await compileAndRun(root, folder, [{ ...unrun, code: unrun.code.replace("double", "(x: number) => x") }])
        ).join(),
      ).toBe("");
      expect((await compileAndRun(root, folder, [{ ...unrun, code: "// no-run\ndouble(2);\n" }])).join()).toContain(
        "a.ts:4: error TS2304",
      );
      const ran = await compileAndRun(
        root,
        folder,
        [
          block("a.ts:2", "await Promise.resolve();\n"),
          block("a.ts:3", 'throw new RangeError("planted");\n'),
        ].reverse(),
      );
      expect(ran).toHaveLength(1);
      expect(ran[0]).toContain("a.ts:3: RangeError: planted");
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  it("reports citations of documents and headings that do not exist", async () => {
    const folder = await mkdtemp(join(tmpdir(), "citations-"));
    await mkdir(join(folder, "docs"));
    await writeFile(join(folder, "docs/formulas.md"), "## Time laws\n");
    await writeFile(
      join(folder, "a.ts"),
      '/** Right (docs/formulas.md,\n * "Time laws"), wrong (docs/formulas.md, "Time\n * rules"). */\n// see docs/none.md\n',
    );
    expect(await links.run(folder)).toEqual([
      'a.ts: cites "Time rules" of docs/formulas.md, which has no such heading',
      "a.ts: cites docs/none.md, which does not exist",
    ]);
    await rm(folder, { recursive: true });
  });

  it("reports links that lead nowhere", async () => {
    const folder = await mkdtemp(join(tmpdir(), "links-"));
    await mkdir(join(folder, "docs"));
    await writeFile(
      join(folder, "README.md"),
      "# A b\n[ok](docs/a.md#one-two) [self](#a-b) [web](https://example.org) [bad](docs/b.md) [worse](docs/a.md#three)\n`[no](link)`\n",
    );
    await writeFile(join(folder, "docs/a.md"), "## One, two\n[up](../README.md)\n");
    expect(await links.run(folder)).toEqual([
      'README.md: the link "docs/b.md" leads nowhere',
      'README.md: "docs/a.md#three" names a heading that docs/a.md lacks',
    ]);
    await rm(folder, { recursive: true });
  });
});
