import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Check } from "../check.ts";
import { readText } from "../workspace.ts";
import { documentOf } from "./document.ts";
import { fileSchema } from "./file-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { sectionsOf } from "./tables.ts";

/** What the files are made of. */
export interface ConfigurationSource {
  /** Of a whole configuration, as JSON schema (draft 7). */
  readonly schema: JsonSchema;
  readonly presets: readonly string[];
}

/** The documentation of the configuration and its schema for editors say what the schema of runs says. */
export const configuration = (source: () => Promise<ConfigurationSource>): Check => ({
  name: "configuration",
  async run(root) {
    const made = await source();
    const problems = sectionsOf(made.schema)
      .flatMap(({ rows }) => rows)
      .filter(({ meaning }) => meaning === "")
      .map(({ key }) => `${key}: has no meaning; describe("…") it where packages/runs/src declares it`);
    for (const [file, text] of Object.entries(filesOf(made)))
      if ((await readText(join(root, file))) !== text)
        problems.push(`${file}: differs from the schema of runs; run pnpm check configuration --fix`);
    return problems;
  },
  async fix(root) {
    for (const [file, text] of Object.entries(filesOf(await source()))) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), text);
    }
  },
});

const filesOf = ({ schema, presets }: ConfigurationSource): Readonly<Record<string, string>> => ({
  "docs/configuration.md": documentOf(sectionsOf(schema)),
  "packages/runs/schema/run.schema.json": `${JSON.stringify(fileSchema(schema, presets), null, 2)}\n`,
});
