import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "./check.ts";
import { execute } from "./command.ts";

const ignored = [
  "**/node_modules/**",
  "**/dist/**",
  "**/.check-docs-*/**", // examples, which another step may be running
  "**/*.test.ts", // a test says what it needs where it needs it
  "**/*.test-d.ts",
  "**/index.ts", // a table of contents: two entries may offer the same names
  "**/examples/figure-4/**", // one program three times, apart from the import that each of them shows; a test holds them to it
];

interface Place {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** No logic stands twice in the sources: no six lines of sixty tokens, which is more than a language's own phrases. */
export const duplicates: Check = {
  name: "duplicates",
  async run(root) {
    const out = await mkdtemp(join(tmpdir(), "duplicates-"));
    try {
      const search = ["--pattern", "**/*.{ts,js,mjs,cjs}", "--ignore", ignored.join(",")];
      const least = ["--min-lines", "6", "--min-tokens", "60"];
      const report = ["--reporters", "json", "--output", out, "--silent", "--noTips", "--noSymlinks", "--gitignore"];
      const { code, output } = await execute("jscpd", [".", ...search, ...least, ...report], { cwd: root, root });
      if (code !== 0) return [`jscpd exited with ${code}\n${output.trimEnd()}`];
      const { duplicates } = JSON.parse(await readFile(join(out, "jscpd-report.json"), "utf8")) as {
        readonly duplicates: readonly { readonly firstFile: Place; readonly secondFile: Place }[];
      };
      return duplicates.map(
        ({ firstFile, secondFile }) =>
          `${shown(firstFile)} stands again at ${shown(secondFile)}; give it one home, in the lower layer`,
      );
    } finally {
      await rm(out, { recursive: true });
    }
  },
};

const shown = ({ name, start, end }: Place): string => `${name}:${start}-${end}`;
