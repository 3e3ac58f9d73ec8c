import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configuration } from "./configuration.ts";
import { fileSchema } from "./file-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { sectionsOf } from "./tables.ts";

const record = (kind: string, properties: Record<string, JsonSchema>): JsonSchema => ({
  type: "object",
  properties: { kind: { type: "string", const: kind, description: `The ${kind}.` }, ...properties },
  required: ["kind"],
});
const depth: JsonSchema = { type: "integer", exclusiveMinimum: 0, description: "Blocks." };
const schema: JsonSchema = {
  type: "object",
  properties: {
    steps: { type: "integer", exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "Of the run." },
    backbone: {
      description: "The network.",
      oneOf: [
        record("sit", { depth, ratio: { type: "number", minimum: 0, default: 4, description: "Of the MLP." } }),
        record("dit", { depth }),
        record("module", { package: { type: "string", description: "A package." } }),
      ],
    },
    optimizer: {
      type: "object",
      description: "AdamW.",
      properties: {
        betas: {
          type: "array",
          items: [{ type: "number" }, { type: "number" }],
          description: "Decays.",
          default: [0, 1],
        },
        encoders: { type: "array", items: { oneOf: [record("a", {}), record("b", {})] }, description: "Of each." },
        clip: {
          anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }],
          description: "Norm.",
          default: null,
        },
      },
    },
  },
  required: ["steps", "backbone"],
};

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "configuration-"));
});
afterEach(() => rm(root, { recursive: true }));

const check = (changed: JsonSchema = schema) => configuration(async () => ({ schema: changed, presets: ["tiny"] }));
const files = ["docs/configuration.md", "packages/runs/schema/run.schema.json"];

describe("configuration", () => {
  it("finds nothing in what it has written", async () => {
    await check().fix?.(root);
    expect(await check().run(root)).toEqual([]);
  });

  it.each(files)("finds a difference in %s, and a file that is missing", async (file) => {
    await check().fix?.(root);
    await writeFile(join(root, file), `${await readFile(join(root, file), "utf8")}\n`);
    expect(await check().run(root)).toEqual([
      `${file}: differs from the schema of runs; run pnpm check configuration --fix`,
    ]);
    await rm(join(root, file));
    expect(await check().run(root)).toHaveLength(1);
  });

  it("finds a schema that has changed, in both files", async () => {
    await check().fix?.(root);
    const changed = {
      ...schema,
      properties: { ...schema.properties, seed: { ...depth, description: "Of the draws." } },
    };
    expect(await check(changed).run(root)).toHaveLength(2);
  });

  it("finds a key without a meaning", async () => {
    const changed = { ...schema, properties: { ...schema.properties, seed: { type: "integer" } } };
    await check(changed).fix?.(root);
    expect((await check(changed).run(root)).join()).toMatch(/^seed: has no meaning/);
  });

  it("writes one row for what kinds share, in words that people read", () => {
    const sections = sectionsOf(schema);
    expect(sections.map(({ title }) => title)).toEqual(["the run", "backbone", "optimizer", "modules"]);
    expect(sections[0]?.rows).toEqual([
      { key: "steps", values: "whole number ≥ 1", preset: "needed", meaning: "Of the run." },
    ]);
    expect(sections[1]?.kinds[1]).toEqual({ kind: "dit", about: "The dit." });
    expect(sections[1]?.rows).toEqual([
      { key: "backbone.kind", kinds: [], values: "`sit`, `dit`, `module`", preset: "`sit`", meaning: "Which of them." },
      { key: "backbone.depth", kinds: [], values: "whole number ≥ 1", preset: "", meaning: "Blocks." },
      { key: "backbone.ratio", kinds: ["sit"], values: "number ≥ 0", preset: "`4`", meaning: "Of the MLP." },
    ]);
    expect(sections[2]?.rows.map(({ values }) => values)).toEqual([
      "[number, number]",
      "list: each a record with its `kind`",
      "number > 0 or `null`",
    ]);
  });

  it("lets a file leave out what its preset has, and any kind stand for itself", () => {
    const made = fileSchema(schema, ["tiny"]) as { properties: Record<string, { anyOf?: { required?: unknown }[] }> };
    expect(Object.keys(made.properties)).toEqual(["$schema", "preset", "steps", "backbone", "optimizer"]);
    expect(made).not.toHaveProperty("required");
    expect(made.properties.backbone?.anyOf?.map(({ required }) => required)).toEqual([undefined, undefined, undefined]);
    expect(made.properties.steps).not.toHaveProperty("maximum");
  });
});
