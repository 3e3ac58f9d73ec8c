import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isGMemError } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig, presetTrees } from "./load.ts";

const tiny = {
  name: "tiny",
  data: "scenes",
  steps: 10,
  batch: 4,
  image: { size: 16 },
  backbone: { patchSize: 2, depth: 1, hiddenSize: 16, heads: 2 },
};
const load = (settings: string[], source = "tiny"): ReturnType<typeof loadConfig> =>
  loadConfig(source, settings, { tiny });

describe("run configuration", () => {
  it("fills defaults and applies settings last", async () => {
    const config = await load(["steps=20", "backbone.depth=3", "optimizer.lr=0.01"]);
    expect(config.steps).toBe(20);
    expect(config.backbone).toMatchObject({ depth: 3 });
    expect(config.optimizer).toMatchObject({ lr: 0.01, betas: [0.9, 0.999] });
    expect(config.runs).toBe("runs");
  });

  it.each([
    ["stesp=3", /unknown key "stesp"\. Did you mean "steps"\?/],
    ["backbone.dept=3", /unknown key "backbone\.dept"\. Did you mean "depth"\?/],
    ["objective.mask.q=1", /unknown key "objective\.mask\.q"\. .*p/],
    ["encoder.kind=dinov3", /encoder\.kind: .*dinov2, .*Did you mean "dinov2"/],
    ["backbone.kind=dit backbone.swiglu=false", /unknown key "backbone\.swiglu"/],
    ["encoder.kind=dinov2 encoder.weigths=x", /unknown key "encoder\.weigths"\. Did you mean "weights"\?/],
    ["steps=-1", /steps: /],
    ["steps=many", /steps: /],
  ])("answers %s with the path and what is known", async (setting, message) => {
    await expect(load(setting.split(" "))).rejects.toThrow(message);
  });

  it("leaves the settings of a part behind when another kind takes its place", async () => {
    const presets = { tiny: { ...tiny, encoder: { kind: "patch-kmeans", clusters: 8, dim: 4 } } };
    const config = await loadConfig("tiny", ["encoder.kind=dinov2", "encoder.weights=a.pt"], presets);
    expect(config.encoder).toEqual({
      kind: "dinov2",
      variant: "vit-b/14",
      registers: 0,
      weights: "a.pt",
      network: {},
    });
    await expect(loadConfig("tiny", ["encoder.kind=dinov2", "encoder.clusters=9"], presets)).rejects.toThrow(
      /unknown key "encoder\.clusters"/,
    );
  });

  it.each(Object.keys(presetTrees()))("takes the preset %s as it is", async (name) => {
    const config = await loadConfig(name, ["data=photos"]);
    expect(config.name).toBe(name);
  });

  it("leaves records of another kind behind as well", async () => {
    const vae = { kind: "sd-vae", weights: "a.pt", network: { latentChannels: 8 } };
    const config = await loadConfig("tiny", ["tokenizer.kind=pixels"], { tiny: { ...tiny, tokenizer: vae } });
    expect(config.tokenizer).toEqual({ kind: "pixels" });
  });

  it("suggests a preset", async () => {
    await expect(load([], "tinny")).rejects.toThrow(/Did you mean "tiny"/);
  });

  it("reads YAML, with the line of a mistake, and TypeScript", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gmem-"));
    writeFileSync(join(folder, "a.yaml"), JSON.stringify(tiny));
    expect((await load([], join(folder, "a.yaml"))).name).toBe("tiny");
    writeFileSync(join(folder, "a.json"), JSON.stringify({ $schema: "run.schema.json", ...tiny }));
    expect(await load([], join(folder, "a.json"))).toEqual(await load([], join(folder, "a.yaml")));
    writeFileSync(join(folder, "b.yaml"), "name: x\nsteps: [1\nbatch: 2\n");
    await expect(load([], join(folder, "b.yaml"))).rejects.toThrow(/b\.yaml:\d+:\d+/);
    writeFileSync(join(folder, "bad.yaml"), "data: hundred\n  bad: [");
    await expect(load([], join(folder, "bad.yaml"))).rejects.toThrow(
      /bad\.yaml:1:7: Nested mappings[^:]*\n(.*\n)*.*bad\.yaml:2:9: Flow sequence.* end with a \]$/,
    );
    writeFileSync(join(folder, "old.ts"), 'export default { extends: "tiny", data: "hundred" };');
    await expect(load([], join(folder, "old.ts"))).rejects.toThrow(/old\.ts: unknown key "extends".* preset: "tiny"/);
    writeFileSync(
      join(folder, "c.ts"),
      `const steps: number = 7;\nexport default { ...${JSON.stringify(tiny)}, steps };\n`,
    );
    expect((await load([], join(folder, "c.ts"))).steps).toBe(7);
  });

  it("refuses what is said of scenes where data is not scenes, and takes it from a preset", async () => {
    const other = ["data=photos"];
    for (const key of ["count=9", "layout=free", "combinations=seen"])
      await expect(loadConfig("scenes-tiny", [...other, `image.${key}`])).rejects.toMatchObject({
        code: "CONFIG",
        message: expect.stringMatching(/image\.\w+: is for data=scenes, got data=photos/),
      });
    expect((await loadConfig("scenes-tiny", other)).data).toBe("photos");
    expect((await loadConfig("scenes-tiny", ["image.count=9"])).image.count).toBe(9);
  });

  it("a folder without config.json is refused with how to go on", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gmem-begun-"));
    await expect(load([], folder)).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringMatching(
        /with config\.json, got .*give the command that began it once more, with --resume/,
      ),
    });
    await expect(load([], join(folder, "none"))).rejects.toThrow(/neither a preset, a file nor a run folder/);
  });

  it("answers any text with a configuration or a CONFIG error", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.string().map((text) => `image.size=${text}`),
          ),
          { maxLength: 3 },
        ),
        async (settings) => {
          try {
            await load(settings);
          } catch (error) {
            expect(isGMemError(error, "CONFIG")).toBe(true);
          }
        },
      ),
    );
  });
});
