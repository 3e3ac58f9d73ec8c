import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportsMap } from "./exports.ts";
import { size } from "./size.ts";
import { structure } from "./structure.ts";
import { filesBelow } from "./workspace.ts";

const manifest = {
  name: "@gmem/backbones",
  exports: {
    "./sit": { "@gmem/source": "./src/sit/index.ts", types: "./dist/sit/index.d.ts", default: "./dist/sit/index.js" },
    "./package.json": "./package.json",
  },
};
const sound: Record<string, string> = {
  "package.json": JSON.stringify(manifest),
  "tsup.config.ts": 'export default lib(["src/sit/index.ts", "src/sit/worker.js"]);',
  "README.md": "# @gmem/backbones — networks\n## Example\n## Exports\n## Where in the paper\n## Errors\n## Limits\n",
  "src/sit/index.ts": 'export { sit, type SitConfig } from "./sit.ts";\n',
  "src/sit/sit.ts": "export const sit = 1;\n",
  "src/sit/sit.test.ts": "",
};

let root = "";
const plant = async (files: Record<string, string>): Promise<void> => {
  for (const [name, text] of Object.entries({ ...sound, ...files })) {
    const path = join(root, "packages/backbones", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "checks-"));
});
afterEach(() => rm(root, { recursive: true }));

describe("checks", () => {
  it("find nothing in a sound package", async () => {
    await plant({});
    expect([...(await structure.run(root)), ...(await size.run(root)), ...(await exportsMap.run(root))]).toEqual([]);
  });

  it.each([
    ["a README without a heading", { "README.md": "# @gmem/backbones — networks\n" }, "## Limits"],
    [
      "a README with another title",
      { "README.md": `${sound["README.md"]}`.replace("# @gmem", "# gmem") },
      "begins with",
    ],
    ["export *", { "src/sit/index.ts": 'export * from "./sit.ts";\n' }, "export *"],
    [
      "code in an index",
      { "src/sit/index.ts": 'export { sit, type SitConfig } from "./sit.ts";\nconst x = 1;\n' },
      "table of contents",
    ],
    ["a vague file name", { "src/sit/math-utils.ts": "" }, "math-utils"],
    ["a file name in camel case", { "src/sit/addNorm.ts": "" }, "kebab-case"],
    [
      "an import of what is not installed with the package",
      {
        "package.json": JSON.stringify({ name: "@gmem/backbones", devDependencies: { "only-here": "1" } }),
        "src/sit/sit.ts":
          'import type { A } from "only-here/a";\nimport { b } from "only-here/b";\nexport const sit = b;\n',
      },
      'got "only-here"',
    ],
    ["a family member without a config type", { "src/sit/index.ts": 'export { sit } from "./sit.ts";\n' }, "…Config"],
  ])("structure finds %s", async (_, files, problem) => {
    await plant(files);
    expect((await structure.run(root)).join("\n")).toContain(problem);
  });

  it("size finds a long file and a heavy entry with its chunks", async () => {
    await plant({
      "src/sit/long.ts": "x\n".repeat(301),
      "dist/sit/index.js": 'import { a } from "../chunk-1.js";\n',
      "dist/chunk-1.js": "a".repeat(61_000),
    });
    expect(await size.run(root)).toEqual([
      "packages/backbones/src/sit/long.ts: at most 300 lines, got 301",
      "@gmem/backbones/sit: the built entry is at most 60 kB, got 62 kB",
    ]);
  });

  it("look into a package called runs, and not into run folders", async () => {
    const write = async (path: string): Promise<void> => {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), "{}");
    };
    for (const path of ["packages/runs/package.json", "packages/runs/src/a.ts", "runs/mine/config.json"])
      await write(path);
    expect(await filesBelow(root)).toEqual(["packages/runs/package.json", "packages/runs/src/a.ts"]);
  });

  it("exports finds an entry that is not exported, and writes it", async () => {
    await plant({ "tsup.config.ts": 'export default lib(["src/sit/index.ts", "src/dit/index.ts"]);' });
    expect(await exportsMap.run(root)).toHaveLength(1);
    await exportsMap.fix?.(root);
    expect(await exportsMap.run(root)).toEqual([]);
    expect(await readFile(join(root, "packages/backbones/package.json"), "utf8")).toContain("./dist/dit/index.d.ts");
  });
});
