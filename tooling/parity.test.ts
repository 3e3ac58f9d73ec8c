import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { cases } from "./parity/cases.ts";
import { caseOf, checkFile, checkTensors, parityFiles } from "./parity/run.ts";

const packages = fileURLToPath(new URL("../packages", import.meta.url));

/** Reference files of a component that can be checked, one of each name. */
async function references(): Promise<readonly string[]> {
  const found = new Map<string, string>();
  for (const name of await readdir(packages))
    for (const path of await parityFiles(join(packages, name, "test", "fixtures")).catch(() => []))
      if (caseOf(basename(path), cases)) found.set(basename(path), path);
  return [...found.values()];
}

const files = await references();

describe("reference files of the original code", () => {
  it.each(files.map((path) => [basename(path), path] as const))("%s is reproduced", async (_, path) => {
    expect((await checkFile(path, cases)).problems).toEqual([]);
  });

  it("must not hold a parameter that the network does not have", async () => {
    const found = files.find((path) => basename(path) === "dit_model.b.safetensors") as string;
    const { tensors, metadata = {} } = await readSafetensors(found);
    const more = { ...tensors, "w/stray.weight": tensors["in/x"] as NonNullable<(typeof tensors)[string]> };
    await expect(checkTensors("dit_model.b", { tensors: more, metadata }, cases)).rejects.toThrow(
      /1 unexpected: stray.weight/,
    );
  });

  it("exist for every component", () => {
    const covered = new Set(files.map((path) => caseOf(basename(path), cases)));
    expect(cases.filter((known) => !covered.has(known)).map(({ component }) => component)).toEqual([]);
  });
});
