import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { adamwCase } from "./adamw.ts";
import type { ParityCase } from "./case.ts";
import { caseOf, checkFile, checkTensors, matches, parityFiles } from "./run.ts";

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

  it("lets a file leave out results", async () => {
    const both: ParityCase = { ...double, run: async (file) => ({ ...(await double.run(file)), "out/z": array([1]) }) };
    expect((await checkTensors("double.a", source, [both])).ok).toBe(true);
  });

  it("fails a value outside the tolerance and names the element", async () => {
    const wrong = { ...source, tensors: { ...source.tensors, "out/y": array([2, 4.1]) } };
    const result = await checkTensors("double.a", wrong, [double]);
    expect(result.ok).toBe(false);
    expect(result.problems[0]).toContain("element 1");
  });

  it.each([
    ["an unknown component", "triple.a", source.tensors, "unknown component: the name must begin with one of double"],
    ["a name that only ends in a component", "a.double", source.tensors, "unknown component"],
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

  it("fails a cut-off file, one without metadata and one whose config makes no sense, with the reason, and goes on", async () => {
    const folder = await mkdtemp(join(tmpdir(), "parity-"));
    const tensors = {
      "in/x": array([1, 2], [1, 1, 2]),
      "in/y": array([1], [1, 1, 1]),
      "init/0.weight": array([1, 2], [1, 2]),
      "init/0.bias": array([0]),
      "step0/loss": array([1], []),
    };
    const numbers = { lr: 0.1, betas: [0.9, 0.99], weight_decay: 0, eps: 1e-8, ema: 0.9 };
    await writeSafetensors(join(folder, "adamw.a.safetensors"), tensors, {
      metadata: { config: JSON.stringify({ ...numbers, act: "swash" }) },
    });
    await writeSafetensors(join(folder, "adamw.b.safetensors"), tensors);
    await writeSafetensors(join(folder, "adamw.c.safetensors"), tensors, { metadata: { config: "{" } });
    await writeSafetensors(join(folder, "adamw.d.safetensors"), tensors, {
      metadata: { config: JSON.stringify({ ...numbers, act: "relu" }) },
    });
    const whole = await readFile(join(folder, "adamw.d.safetensors"));
    await writeFile(join(folder, "adamw.e.safetensors"), whole.subarray(0, whole.length - 3));
    const results = [];
    for (const path of await parityFiles(folder)) results.push(await checkFile(path, [adamwCase]));
    expect(results.map(({ name, ok }) => [name, ok])).toEqual(
      ["a", "b", "c", "d", "e"].map((v) => [`adamw.${v}`, false]),
    );
    const reasons = results.map(({ problems }) => problems.join());
    expect(reasons[0]).toContain("act must be one of silu, relu, tanh, gelu");
    expect(reasons[1]).toContain("betas");
    expect(reasons[2]).toContain("JSON object");
    expect(reasons[3]).toContain("step0/loss: element 0");
    expect(reasons[4]).toMatch(/truncated|ends|short|bytes/);
    await rm(folder, { recursive: true });
  });

  it("takes the case whose component is the longest beginning of the name", async () => {
    const names = ["lpips", "lpips_lin", "dinov2"].map((component): ParityCase => ({ ...double, component }));
    const found = (name: string) => caseOf(name, names)?.component;
    expect(found("lpips_lin_vgg.a")).toBe("lpips_lin");
    expect(found("lpips_vgg.b.safetensors")).toBe("lpips");
    expect(found("dinov2_mixed.a")).toBe("dinov2");
    expect(found("dino.a")).toBeUndefined();
    expect((await checkTensors("double_wide.b", source, [double])).ok).toBe(true);
  });

  it("fails a case that reads fewer inputs than the longest component would", async () => {
    const blind: ParityCase = { ...double, component: "double_blind", run: async () => ({ "out/y": array([2, 4]) }) };
    const result = await checkTensors("double_blind.a", source, [double, blind]);
    expect(result.problems).toEqual(["in/x: never read"]);
  });

  it("matches names by comma-separated globs", () => {
    expect(matches("sit_model.a", "sit_*,adamw*")).toBe(true);
    expect(matches("adamw.b", "sit_*, adamw*")).toBe(true);
    expect(matches("gmem_bank.a", "sit_*,adamw*")).toBe(false);
    expect(matches("sit_model.a", "sit_*.safetensors")).toBe(true);
    expect(matches("sit_model.a", "*.safe")).toBe(false);
    expect(matches("sit_model.a", " , ")).toBe(false);
    expect(matches("sit+model", "sit?model")).toBe(true);
  });
});
