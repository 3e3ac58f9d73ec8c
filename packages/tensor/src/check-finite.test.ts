import { describe, expect, it } from "vitest";
import { array, checkFinite, isGMemError, zeros } from "./index.ts";

describe("checkFinite", () => {
  const where = "model.safetensors";

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("finds %s wherever it stands", (value) => {
    for (const dtype of ["f32", "f64"] as const)
      for (let at = 0; at < 30; at++) {
        const x = zeros([2, 3, 5], dtype);
        x.data[at] = value;
        const place = `[${Math.floor(at / 15)},${Math.floor(at / 5) % 3},${at % 5}]`;
        expect(() => checkFinite({ fine: zeros([3]), x }, { where, remedy: "train again" })).toThrow(
          `model.safetensors: x must be finite; train again, got ${value} at ${place}`,
        );
      }
  });

  it("passes every finite number, the largest, the smallest and -0 among them", () => {
    const extremes = [3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -0, 0, 1];
    checkFinite({ x: array(extremes), y: array([Number.MAX_VALUE, 5e-324], [2], "f64") }, { where });
    checkFinite({ empty: zeros([0, 4]), scalar: array([2], []), none: undefined }, { where });
    checkFinite({ i: array([1, -1], [2], "i32"), b: array([1], [1], "bool") }, { where });
  });

  it("names the row, where rows have names", () => {
    const features = array([1, 2, 3, 4, 5, Number.NaN], [3, 2]);
    const row = (i: number): string => ["a.png", "b.png", "c.png"][i] as string;
    expect(() => checkFinite({ features }, { where: "encode", row })).toThrow(
      "encode: features of c.png must be finite, got NaN at [2,1]",
    );
  });

  it("reads half precision by its bits", () => {
    const largest = 0x7bff;
    checkFinite({ h: array([0, largest, 0xfbff], [3], "f16") }, { where });
    for (const bits of [0x7c00, 0xfc00, 0x7e01])
      expect(() => checkFinite({ h: array([0, bits], [2], "f16") }, { where })).toThrow(
        expect.toSatisfy((error) => isGMemError(error, "NON_FINITE") && error.message.endsWith("at [1]")),
      );
  });
});
