import { describe, expect, it } from "vitest";
import type { Inequality } from "./study.ts";
import { inWords, judgeClaim } from "./verdict.ts";

const numbers: Readonly<Record<string, readonly number[]>> = { a: [1, 1.1, 0.9], b: [2, 2.2, 1.9], noisy: [0, 3, 1.5] };

const verdictOf = (...rule: Inequality[]): string =>
  judgeClaim({ text: "", where: "", rule }, ([configuration]) => new Map(numbers[configuration]?.entries() ?? []))
    .verdict;

describe("verdicts", () => {
  const a = ["a", "m"] as const;
  const b = ["b", "m"] as const;
  const noisy = ["noisy", "m"] as const;

  it("say that an inequality holds where the interval of its margin lies above zero, and not where it lies below", () => {
    expect(verdictOf({ less: a, more: b })).toBe("holds");
    expect(verdictOf({ less: b, more: a })).toBe("does not hold");
    expect(verdictOf({ less: a, more: noisy })).toBe("undecided");
  });

  it("compare with a number, a factor and a summand", () => {
    expect(verdictOf({ less: a, more: 1.5 })).toBe("holds");
    expect(verdictOf({ less: 0.5, more: a })).toBe("holds");
    expect(verdictOf({ less: a, more: b, factor: 0.25 })).toBe("does not hold");
    expect(verdictOf({ less: b, more: a, plus: 1.5 })).toBe("holds");
  });

  it("let one inequality that does not hold decide, then one that is open", () => {
    expect(verdictOf({ less: a, more: b }, { less: b, more: a }, { less: a, more: noisy })).toBe("does not hold");
    expect(verdictOf({ less: a, more: b }, { less: a, more: noisy })).toBe("undecided");
  });

  it("say not run where a side is missing", () => {
    expect(verdictOf({ less: a, more: ["absent", "m"] })).toBe("not run");
    expect(verdictOf({ less: a, more: b }, { less: a, more: ["absent", "m"] })).toBe("not run");
  });

  it("pair the seeds: a difference that every seed shows holds, however much seeds differ", () => {
    const wide = new Map([
      ["low", [1, 10, 100]],
      ["high", [2, 11.1, 100.9]],
    ]);
    const rule = [{ less: ["low", "m"], more: ["high", "m"] }] as const;
    const { verdict, rule: met } = judgeClaim(
      { text: "", where: "", rule },
      ([name]) => new Map((wide.get(name) ?? []).entries()),
    );
    expect(verdict).toBe("holds");
    expect(met[0]?.margin?.value).toBeCloseTo(1, 10);
    expect(met[0]?.margin?.low).toBeCloseTo(1 - (4.302653 * 0.1) / Math.sqrt(3), 5); // t of two degrees
  });

  it("read as sentences", () => {
    expect(inWords({ less: a, more: b, factor: 0.9, plus: 0.03 })).toBe("a.m < 0.9 × b.m + 0.03");
    expect(inWords({ less: a, more: 2 })).toBe("a.m < 2");
  });
});
