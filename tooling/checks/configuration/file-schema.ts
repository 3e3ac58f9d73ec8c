import type { JsonSchema } from "./json-schema.ts";

/** Keys that a file may have and a resolved configuration has not. */
const ofFiles = (presets: readonly string[]): Readonly<Record<string, unknown>> => ({
  $schema: { type: "string", description: "This schema, for editors." },
  preset: { enum: presets, description: "A preset; its keys hold where the file has none." },
});

/**
 * The schema of a configuration file out of that of a whole configuration: nothing is required, because a preset or the
 * command line may give it, and a record without its `kind` may be any of its alternatives.
 */
export function fileSchema(whole: JsonSchema, presets: readonly string[]): Readonly<Record<string, unknown>> {
  const { $schema, ...open } = loosened(whole) as Record<string, unknown>;
  const properties = { ...ofFiles(presets), ...(open.properties as object) };
  return { $schema, title: "A run of GMem", ...open, properties };
}

/** Without what files need not keep, and without the largest number that a whole number may be. */
function loosened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loosened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, own]): [string, unknown][] => {
      if (key === "required" && Array.isArray(own)) return [];
      if (key === "maximum" && own === Number.MAX_SAFE_INTEGER) return [];
      return [[key === "oneOf" ? "anyOf" : key, loosened(own)]];
    }),
  );
}
