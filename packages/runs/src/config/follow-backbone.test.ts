import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkConfig, loadConfig, presetTrees } from "./load.ts";

const file = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), "gmem-")), "run.yaml");
  writeFileSync(path, text);
  return path;
};
const settled = async (source: string, ...settings: string[]) => {
  const { objective, sampler } = await loadConfig(source, ["data=photos", ...settings]);
  return [objective.loss, objective.interpolant, objective.cosine, sampler.solver];
};
const discrete = ["ddpm", "vp", 0, "ddim"];

describe("what a backbone settles", () => {
  it.each(["cifar-nano", "scenes-tiny", "in256-ldit-B"])(
    "gives %s with a DiT its loss, path and solver, and leaves the rest",
    async (preset) => {
      expect(await settled(preset, "backbone.kind=dit", "backbone.learnSigma=true")).toEqual(discrete);
      const config = await loadConfig(preset, ["data=photos", "backbone.kind=dit"]);
      const before = await loadConfig(preset, ["data=photos"]);
      expect(config.sampler.steps).toBe(before.sampler.steps);
      expect(config.objective.mask).toEqual(before.objective.mask);
      expect(config.objective.time).toEqual({ law: "uniform", shift: 1 }); // the steps of the process are near noise already
      expect(config.objective.repa).toEqual(before.objective.repa);
    },
  );

  it("holds for files over a preset, and for configurations of their own", async () => {
    expect(await settled(file("preset: cifar-nano\nbackbone: { kind: dit }\n"))).toEqual(discrete);
    const {
      backbone,
      objective: _,
      sampler: __,
      ...own
    } = presetTrees()["cifar-nano"] as never as Record<string, object>;
    const alone = checkConfig({ ...own, data: "photos", backbone: { ...backbone, kind: "dit" } }, "alone");
    expect([alone.objective.loss, alone.objective.interpolant, alone.sampler.solver]).toEqual(["ddpm", "vp", "ddim"]);
  });

  it("gives way to what is set, in the file or on the command line", async () => {
    expect(await settled("cifar-nano", "backbone.kind=dit", "sampler.solver=ancestral")).toEqual([
      "ddpm",
      "vp",
      0,
      "ancestral",
    ]);
    expect(await settled(file("preset: cifar-nano\nbackbone: { kind: dit }\nobjective: { loss: noise }\n"))).toEqual([
      "noise",
      "linear",
      0,
      "heun",
    ]);
    expect(await settled("cifar-nano", "backbone.kind=dit", "objective.loss=velocity")).toEqual([
      "velocity",
      "linear",
      0,
      "heun",
    ]);
  });

  it("goes back with a network of continuous time", async () => {
    const dit = file(
      "preset: cifar-nano\nbackbone: { kind: dit }\nobjective: { loss: ddpm }\nsampler: { solver: ancestral }\n",
    );
    expect(await settled(dit, "backbone.kind=sit")).toEqual(["velocity", "linear", 0, "heun"]);
    expect(await settled("in256-ldit-B", "backbone.kind=sit", "backbone.depth=2")).toEqual([
      "velocity",
      "linear",
      1,
      "heun-sde",
    ]);
  });

  it("leaves a mistake to the schema", async () => {
    await expect(loadConfig("cifar-nano", ["data=photos", "backbone.kind=dit", "sampler=fast"])).rejects.toThrow(
      /sampler: /,
    );
  });
});
