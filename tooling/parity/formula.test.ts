import { describe, expect, it } from "vitest";
import { formula } from "./formula.ts";

describe("formula", () => {
  it("keeps the order of operations", () => {
    expect(formula("1 + 2*3 - 8/4/2", [])()).toBe(6);
    expect(formula("-(i - 1)*2e1", ["i"])(4)).toBe(-60);
    expect(formula("sin(0.37*i*(c+1)/4 + 0.23*j + c)", ["c", "i", "j"])(2, 5, 7)).toBeCloseTo(
      Math.sin((0.37 * 5 * 3) / 4 + 0.23 * 7 + 2),
      12,
    );
  });

  it.each(["", "2 +", "(1", "x", "sin 2", "2 3", "constructor(1)"])("refuses %j", (text) => {
    expect(() => formula(text, [])).toThrow(/formula: .* must be/);
  });
});
