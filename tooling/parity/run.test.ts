import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import type { ParityCase } from "./case.ts";
import { checkFile, checkTensors, matches } from "./run.ts";

const double: ParityCase = {
  component: "double",
  run: async (file) => ({ "out/y": array(Float32Array.from(file.get("in/x").data, (x) => 2 * x)) }),
  tolerance: () => ({ atol: 1e-6 }),
};
const source = { metadata: {}, tensors: { "in/x": array([1, 2]), "out/y": array([2, 4]) } };

describe("parity runner", () => {
  it("passes a file whose outputs are reproduced", async () => {
    const result = await checkTensors("double.a", source, [double]);
    expect(result).toMatchObject({ ok: true, maxError: 0, problems: [] });
  });

  it("fails a value outside the tolerance and names the element", async () => {
    const wrong = { ...source, tensors: { ...source.tensors, "out/y": array([2, 4.1]) } };
    const result = await checkTensors("double.a", wrong, [double]);
    expect(result.ok).toBe(false);
    expect(result.problems[0]).toContain("element 1");
  });

  it.each([
    ["an unknown component", "triple.a", source.tensors, "unknown component"],
    ["a tensor nobody read", "double.a", { ...source.tensors, "in/z": array([1]) }, "in/z: never read"],
    ["a missing output", "double.a", { ...source.tensors, "out/z": array([1]) }, "out/z: missing output"],
    ["another shape", "double.a", { ...source.tensors, "out/y": array([2, 4], [1, 2]) }, "shape [2], expected [1,2]"],
    ["a NaN", "double.a", { "in/x": array([Number.NaN, 2]), "out/y": array([2, 4]) }, "element 0"],
    ["a file without its input", "double.a", { "out/y": array([2, 4]) }, 'must hold a tensor "in/x"'],
  ])("fails %s", async (_, name, tensors, problem) => {
    const result = await checkTensors(name, { metadata: {}, tensors }, [double]).catch((error: Error) => ({
      ok: false,
      problems: [error.message],
    }));
    expect(result.ok).toBe(false);
    expect(result.problems.join()).toContain(problem);
  });

  it("fails a file that cannot be read instead of stopping", async () => {
    const folder = await mkdtemp(join(tmpdir(), "parity-"));
    await writeFile(join(folder, "double.a.safetensors"), "not a tensor file");
    expect((await checkFile(join(folder, "double.a.safetensors"), [double])).ok).toBe(false);
    await rm(folder, { recursive: true });
  });

  it("matches names by comma-separated globs", () => {
    expect(matches("sit_model.a", "sit_*,adamw*")).toBe(true);
    expect(matches("adamw.b", "sit_*, adamw*")).toBe(true);
    expect(matches("gmem_bank.a", "sit_*,adamw*")).toBe(false);
    expect(matches("sit_model.a", "sit_model.a.safetensors")).toBe(false);
    expect(matches("sit+model", "sit?model")).toBe(true);
  });
});
