import { suggest } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { applyOverrides } from "./overrides.ts";
import { merge } from "./tree.ts";

describe("key=value settings", () => {
  it("reads numbers, booleans, lists and text, and leaves the original alone", () => {
    const base = { steps: 1, backbone: { depth: 4 } };
    const changed = applyOverrides(base, [
      "steps=1500",
      "backbone.depth=6",
      "optimizer.betas=[0.9, 0.95]",
      "data=photos/a b",
      "flip=true",
      "image.background=#008000",
    ]);
    expect(changed).toEqual({
      steps: 1500,
      backbone: { depth: 6 },
      optimizer: { betas: [0.9, 0.95] },
      data: "photos/a b",
      flip: true,
      image: { background: "#008000" },
    });
    expect(base.backbone.depth).toBe(4);
  });

  it.each(["steps", "=3", "a..b=1", "__proto__.x=1"])("refuses %s", (setting) => {
    expect(() => applyOverrides({}, [setting])).toThrow(/key=value/);
  });
});

describe("merging", () => {
  it("keeps what the patch does not name", () => {
    expect(merge({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: 3 }, d: [2] })).toEqual({ a: { b: 3, c: 2 }, d: [2] });
  });
});

describe("suggestions", () => {
  it("finds a slip of the finger and stays silent for a stranger", () => {
    expect(suggest("stesp", ["steps", "seed", "batch"])).toBe("steps");
    expect(suggest("wavelength", ["steps", "seed", "batch"])).toBeUndefined();
  });
});
