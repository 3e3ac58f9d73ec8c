import { describe, expect, it } from "vitest";
import type { ServedRun } from "../api/types.ts";
import { about, bodyOf, emptyForm, formOf, numbersIn, waysOf } from "./form.ts";

const run: ServedRun = {
  name: "mine",
  conditioner: "memory-bank",
  image: { width: 16, height: 16 },
  classes: ["dog", "hat"],
  text: false,
  bank: { size: 300, version: "0-a" },
  sampler: { steps: 8, cfg: 1.5, solver: "heun" },
  loaded: true,
};

describe("a form becomes a body of POST /v1/samples", () => {
  it("of rows, with the settings that are filled in", () => {
    const form = { ...emptyForm, way: "rows", rows: "3, #17 20-22", seed: 4, guidance: 2 } as const;
    expect(bodyOf(form, run)).toEqual({ run: "mine", rows: [3, 17, 20, 21, 22], count: 5, seed: 4, guidance: 2 });
  });
  it.each([
    ["rows", { rows: "three" }, /Name rows by their numbers/],
    ["rows", { rows: "300" }, /Rows go from 0 to 299, got 300/],
    ["expression", { expression: " " }, /Write a sum/],
    ["text", {}, /Say what to draw/],
    ["label", {}, /Choose a class/],
  ] as const)("not of %s %o", (way, part, message) => {
    expect(bodyOf({ ...emptyForm, way, ...part }, run)).toMatch(message);
  });
  it("and back: what a picture was drawn with fills the form", () => {
    const body = { run: "mine", expression: "dog + hat", count: 1, seed: 3, first: 2, steps: 5, guidance: 2 };
    expect(bodyOf({ ...emptyForm, ...formOf(body) }, run)).toEqual(body);
  });
});

it("a run takes the ways of its conditioner, the usual one first", () => {
  const { bank: _, ...without } = run;
  expect(waysOf(run)).toEqual(["rows", "expression", "label", "noise"]);
  expect(waysOf({ ...run, text: true })[0]).toBe("text");
  expect(waysOf({ ...without, conditioner: "class-table" })).toEqual(["label", "noise"]);
  expect(waysOf({ ...without, conditioner: "unconditional", classes: [] })).toEqual(["noise"]);
});

it("numbers of a list are all or none", () => {
  expect(numbersIn("1 2;3,  5-6")).toEqual([1, 2, 3, 5, 6]);
  for (const text of ["", "1.5", "-1", "6-5", "1, x", "0-1000"]) expect(numbersIn(text)).toBeUndefined();
});

it("what is drawn is said in a line", () => {
  expect(about({ interpolate: { from: 3, to: "hat", at: 0.25 } })).toBe("row 3 → hat, 25 %");
  expect(about({ rows: [1, 2, 3, 4, 5] })).toBe("5 rows: 1, 2, 3, 4, …");
  expect(about({ image: "…", strength: 0.5, text: "a cat" })).toBe("a cat, from a picture");
});
