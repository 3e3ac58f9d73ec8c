import "@gmem/testing";
import { array, key } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { build } from "../build.ts";
import { bankNames } from "./bank-names.ts";
import { evaluateExpression } from "./evaluate-expression.ts";
import { parseExpression } from "./parse-expression.ts";

const said = (text: string) =>
  parseExpression(text).map(({ weight, of }) => [weight, "row" in of ? of.row : of.name] as const);

describe("an expression", () => {
  it("is a sum of names and rows with factors, brackets and signs", () => {
    expect(said("dog + 0.5*hat - cat")).toEqual([
      [1, "dog"],
      [0.5, "hat"],
      [-1, "cat"],
    ]);
    expect(said('-2*(#12 - "my hat")*.5+grinning-face')).toEqual([
      [-1, 12],
      [1, "my hat"],
      [1, "grinning-face"],
    ]);
    expect(said("chien-loup - été2 ")).toEqual([
      [1, "chien-loup"],
      [-1, "été2"],
    ]);
    expect(said("3d-glasses + 2*#0")).toEqual([
      [1, "3d-glasses"],
      [2, 0],
    ]);
  });

  it.each([
    ["", 0, "got the end"],
    ["dog +", 5, "got the end"],
    ["dog cat", 4, 'got "cat"'],
    ["2*3", 3, "a number needs"],
    ["dog*cat", 4, "only a number"],
    ["(dog", 4, 'needs its ")"'],
    ['dog + "hat', 6, "needs its second"],
    ["dog / cat", 4, '"/" is none of'],
    ["dog + 7", 7, "a row is #12"],
    [`${"(".repeat(33)}dog`, 32, "32 deep"],
  ])("%j fails at its place", (text, position, message) => {
    expect(() => parseExpression(text)).toThrow(
      expect.objectContaining({ code: "INVALID_REQUEST", position, message: expect.stringContaining(message) }),
    );
  });
});

describe("the snippet of an expression", () => {
  const bank = build(array([2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 5, 0], [4, 3]), {
    labels: Int32Array.of(0, 1, 2, 1),
    sources: ["x/dog.png", "x/hat.png", "x/cat.png", "x/cap.png"],
  });
  const names = bankNames(bank, ["Dog", "head gear", "cat", "nobody"]);
  const of = async (text: string) => evaluateExpression(text, { bank, names });

  it("is the weighted sum of unit rows and means of classes, of unit length", async () => {
    const { snippet, rows } = await of('dog + 0.5*"head gear" - #2');
    const norm = Math.sqrt(1 + 0.25 + 1);
    expect(snippet).toBeAllclose([1 / norm, 0.5 / norm, -1 / norm], { atol: 1e-7 });
    expect(rows).toEqual([0, 1, 2, 3]);
  });

  it("names rows by their pictures, and what is near a word that nothing is called", async () => {
    expect((await of("CAP")).rows).toEqual([3]);
    expect((await of('"x/cat.png"')).rows).toEqual([2]);
    await expect(of("dog + dgo")).rejects.toMatchObject({ position: 6, nearest: ["dog"] });
    await expect(of("gear")).rejects.toMatchObject({ nearest: ["head gear"] });
    await expect(of("nobody")).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    await expect(of("#4")).rejects.toThrow("a row must be in #0 … #3, got #4");
  });

  it("is refused where it has no direction", async () => {
    await expect(of("dog - #0")).rejects.toThrow("must have a direction");
    const zero = build(key(0).normal([2, 3]));
    await expect(evaluateExpression("0*#0", { bank: zero, names: bankNames(zero) })).rejects.toThrow("got zero");
  });
});
