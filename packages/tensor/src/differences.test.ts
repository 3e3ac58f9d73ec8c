import { expect, it } from "vitest";
import { differences } from "./differences.ts";

it("every key that differs is named with both values, nested ones by their path", () => {
  const before = { a: 1, b: { c: [1, 2], d: "x" }, e: { kind: "f", g: 1 }, h: null };
  expect(differences(before, { a: 1, b: { c: [1, 3], d: "x" }, e: { kind: "i" } })).toEqual([
    { at: "b.c", before: [1, 2], now: [1, 3] },
    { at: "e.kind", before: "f", now: "i" },
    { at: "e.g", before: 1, now: undefined },
  ]);
  expect(differences(before, structuredClone(before))).toEqual([]);
  expect(differences({}, { a: { b: 1 } })).toEqual([{ at: "a", before: undefined, now: { b: 1 } }]);
  expect(differences(1, "1")).toEqual([{ at: "", before: 1, now: "1" }]);
});
