import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { presetTrees } from "./load.ts";
import type { Tree } from "./tree.ts";

const file = new URL("../../schema/run.schema.json", import.meta.url);
const schema = z.fromJSONSchema(JSON.parse(readFileSync(file, "utf8")) as Parameters<typeof z.fromJSONSchema>[0]);
const fits = (config: Tree): boolean => schema.safeParse(config).success;

describe("run.schema.json", () => {
  it.each(Object.entries(presetTrees()))("takes the preset %s", (_, config) => {
    expect(fits(config)).toBe(true);
  });

  it("takes what a file says beside its preset", () => {
    const $schema = "./node_modules/@gmem/runs/schema/run.schema.json";
    expect(fits({ $schema, preset: "cifar-nano", data: "photos", backbone: { depth: 3 } })).toBe(true);
    const module = { kind: "module", package: "my-mixer", export: "mixer", options: { depth: 4 } };
    expect(fits({ preset: "cifar-nano", backbone: module, data: module, sampler: { solver: module } })).toBe(true);
  });

  it.each<[string, Tree]>([
    ["a misspelt key", { stesp: 3 }],
    ["a misspelt key of a part", { optimizer: { rate: 1 } }],
    ["a key of another kind", { backbone: { kind: "sit", rope: true } }],
    ["a number that is too small", { steps: 0 }],
    ["an unknown word", { objective: { loss: "speed" } }],
    ["an unknown preset", { preset: "cifar-nona" }],
  ])("refuses %s", (_, config) => {
    expect(fits(config)).toBe(false);
  });
});
