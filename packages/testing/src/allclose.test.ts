import { array, full } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { allclose } from "./allclose.ts";

describe("toBeAllclose", () => {
  it("accepts arrays, typed arrays, lists and numbers", () => {
    expect(array([1, 2])).toBeAllclose(new Float64Array([1, 2]));
    expect(new Int32Array([1, 2])).toBeAllclose([1, 2]);
    expect(array([3], [])).toBeAllclose(3);
    expect([]).toBeAllclose([]);
    expect(0.1 + 0.2).toBeAllclose(0.3);
  });

  it("allows atol + rtol · |expected|", () => {
    expect([100.5]).toBeAllclose([100], { atol: 0, rtol: 0.00501 });
    expect([100.5]).not.toBeAllclose([100], { atol: 0, rtol: 0.00499 });
    expect([0.5]).toBeAllclose([0], { atol: 0.5, rtol: 0 });
    expect([0.51]).not.toBeAllclose([0], { atol: 0.5, rtol: 0 });
  });

  it("holds NaN close to nothing, unless both are and equalNan is set", () => {
    expect([Number.NaN]).not.toBeAllclose([Number.NaN]);
    expect([Number.NaN]).toBeAllclose([Number.NaN], { equalNan: true });
    expect([Number.NaN]).not.toBeAllclose([1], { equalNan: true, atol: 1e9 });
    expect([1]).not.toBeAllclose([Number.NaN], { equalNan: true });
  });

  it("holds an infinity close to itself only", () => {
    expect([Number.POSITIVE_INFINITY]).toBeAllclose([Number.POSITIVE_INFINITY]);
    expect([Number.POSITIVE_INFINITY]).not.toBeAllclose([Number.NEGATIVE_INFINITY]);
    expect([1e30]).not.toBeAllclose([Number.POSITIVE_INFINITY]);
    expect([Number.POSITIVE_INFINITY]).not.toBeAllclose([1e30]);
  });

  it("names the worst element, both values, the shapes and the tolerance", () => {
    const wrong = array([0, 0.1, 0, 0, 0, 0.5], [2, 3]);
    expect(allclose(wrong, full([2, 3], 0), { atol: 0.01, rtol: 0 }).message).toBe(
      "2 of 6 elements are not close; worst at [1,2]: got 0.5, expected 0, difference 0.5; shapes [2,3] and [2,3], atol 0.01, rtol 0",
    );
    expect(() => expect(wrong).toBeAllclose(full([2, 3], 0))).toThrow("worst at [1,2]: got 0.5, expected 0");
  });

  it("refuses other shapes and what is not numbers", () => {
    expect(() => expect(full([2, 3], 0)).toBeAllclose(full([3, 2], 0))).toThrow("expected shape [3,2], got [2,3]");
    expect(() => expect([1, 2]).toBeAllclose([1])).toThrow("expected shape [1], got [2]");
    expect(() => expect(undefined).toBeAllclose([1])).toThrow("toBeAllclose: needs numbers, got undefined");
  });
});
