import { describe, expect, it } from "vitest";
import { presets } from "./presets.ts";

describe("presets", () => {
  it("cover every row of the published tables", () => {
    const names = Object.values(presets)
      .filter(({ ours }) => !ours)
      .map(({ name }) => name);
    const sizes = (prefix: string, of: string[]): string[] => of.map((size) => `${prefix}-${size}`);
    expect(names).toEqual([
      ...sizes("cifar", ["S", "B", "L", "XL"]),
      ...sizes("in256-ldit", ["B", "L", "XL"]),
      ...sizes("in512-ldit", ["B", "L", "XL"]),
      ...sizes("in256-sit", ["B", "L", "XL"]),
      "ft-domain",
      "ft-hires",
      "dit2gmem",
      "t2i-stage-1",
      "t2i-frozen",
      "t2i-full",
      "openuni-stage-1",
      "openuni-stage-1-1024",
      "openuni-stage-2",
      "openuni-stage-2-1024",
      "openuni-b",
      "openuni-l",
      "openuni-l-1024",
    ]);
  });
  it("are plain JSON under the name that they have in their configuration", () => {
    for (const [name, preset] of Object.entries(presets)) {
      expect(JSON.parse(JSON.stringify(preset))).toEqual(preset);
      expect([preset.name, preset.config.name]).toEqual([name, name]);
    }
  });
  it("start fine-tuning from presets that exist", () => {
    for (const { config } of Object.values(presets))
      if (config.start?.preset !== undefined) expect(presets).toHaveProperty([config.start.preset]);
  });
  it("mark the small ones as ours", () => {
    expect(
      Object.values(presets)
        .filter(({ ours }) => ours)
        .map(({ name }) => name),
    ).toEqual([
      "scenes-tiny",
      "cifar-nano",
      "scenes-free",
      "scenes-text",
      "drawings",
      "drawings-text",
      "scenes-sana",
      "scenes-sana-text",
    ]);
  });
});
