import { describe, expect, it } from "vitest";
import { skipOf } from "./suite.ts";

describe("skips", () => {
  const skips = [{ test: "conv2d", reason: "no convolutions" }];
  it("cover a test by its title and a group by its name", () => {
    expect(skipOf("conv2d", skips)?.reason).toBe("no convolutions");
    expect(skipOf("conv2d > patches", skips)).toBe(skips[0]);
    expect(skipOf("conv2dInputGrad > patches", skips)).toBeUndefined();
    expect(skipOf("matmul > conv2d", skips)).toBeUndefined();
  });
});
