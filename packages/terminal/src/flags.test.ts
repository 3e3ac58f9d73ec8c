import { describe, expect, it } from "vitest";
import { integer, number, pair, wholeNumber } from "./flags.ts";

describe("numbers of the command line", () => {
  it("are what a person wrote", () => {
    expect([integer("0"), integer(" 12 "), wholeNumber("007")]).toEqual([0, 12, 7]);
    expect([number("-1.5"), number("1e3")]).toEqual([-1.5, 1000]);
    expect(pair("0, 0.11")).toEqual([0, 0.11]);
  });
  it.each(["", " ", "x", "1,", "NaN", "Infinity"])("are not %j", (text) => {
    for (const read of [integer, number, pair]) expect(() => read(text)).toThrow(/must be/);
  });
  it.each(["-1", "1.5", "0x10", "1e2", "99999999999999999"])("that count are not %j", (text) => {
    expect(() => integer(text)).toThrow(/a whole number from 0 on/);
    expect(wholeNumber(text)).toBeUndefined();
  });
  it.each(["1", "1,2,3", "0,,1", ",1"])("that come in pairs are not %j", (text) => {
    expect(() => pair(text)).toThrow(/two numbers with a comma/);
  });
});
