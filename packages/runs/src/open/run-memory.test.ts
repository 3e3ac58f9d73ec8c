import { mkdirSync, mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, saveBank } from "@gmem/memory-bank";
import { key } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { untrainedModel } from "../../test/untrained-model.ts";
import { modelMetadata } from "../folder/model-metadata.ts";
import { writeRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { runMemory } from "./run-memory.ts";

describe("runMemory", () => {
  it("counts parameters twice, on the device and here, and the bank, without loading them", async () => {
    const files = runFiles(mkdtempSync(join(tmpdir(), "gmem-memory-")));
    const { config, model, parameters } = await untrainedModel("sit", "memory-bank");
    await writeRunConfig(files, { config, versions: {}, classes: [] });
    await writeSafetensors(files.model, parameters, { metadata: modelMetadata(config, model) });
    mkdirSync(join(files.folder, "bank"));
    await saveBank(build(key(1).normal([40, 12])), files.bank);
    const bytes = Object.values(parameters).reduce((sum, { data }) => sum + data.byteLength, 0);
    const bank = statSync(files.bank).size;
    expect(await runMemory(files.folder)).toEqual({ parameters: 2 * bytes, bank, parts: 0, total: 2 * bytes + bank });
  });

  it("refuses a folder that is no run", async () => {
    await expect(runMemory(tmpdir())).rejects.toThrow(/must be a run folder/);
  });
});
