import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { problemsIn } from "./packages.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-packed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = {
  "package.json": JSON.stringify({
    name: "tiny",
    version: "1.0.0",
    type: "module",
    license: "MIT",
    exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
  }),
  "index.js": "export const one = 1;\n",
  "index.d.ts": "export declare const one: number;\n",
};

/** A tarball as `pnpm pack` makes it. */
function tarball(name: string, content: Readonly<Record<string, string>>): Uint8Array {
  mkdirSync(join(folder, name, "package"), { recursive: true });
  for (const [file, text] of Object.entries(content)) writeFileSync(join(folder, name, "package", file), text);
  execFileSync("tar", ["-czf", `${name}.tgz`, "-C", name, "package"], { cwd: folder });
  return readFileSync(join(folder, `${name}.tgz`));
}

describe("a package as it would be published", () => {
  it("has no problem where code and types are there", async () => {
    expect(await problemsIn(tarball("good", files))).toEqual([]);
  });

  it("is refused where an export leads nowhere", async () => {
    const { "index.js": _, ...rest } = files;
    expect((await problemsIn(tarball("nowhere", rest))).join("\n")).toMatch(/index\.js.*does not exist/);
  });

  it("is refused where ES modules cannot use its types", async () => {
    const wrong = { ...files, "index.d.ts": 'export * from "./one";\n', "one.d.ts": files["index.d.ts"] }; // it is ./one.js
    expect((await problemsIn(tarball("types", wrong))).join("\n")).toMatch(/are the types wrong/);
  });
});
