import { describe, expect, it } from "vitest";
import { zeros } from "./array.ts";
import { checkArray, checkOptions, type OptionTable } from "./check-options.ts";

interface Options {
  readonly heads: number;
  readonly causal?: boolean;
}
const table = { heads: "required", causal: "optional" } satisfies OptionTable<Options>;

describe("options", () => {
  it("that are complete pass, undefined ones as left out", () => {
    checkOptions("attention", { heads: 4 }, table);
    checkOptions("attention", { heads: 4, causal: undefined }, table);
  });
  it.each([
    [undefined, "takes options { heads, causal }, got undefined"],
    ["heads", "takes options { heads, causal }, got heads"],
    [{}, "needs heads, got none"],
    [{ heads: 4, casual: true }, 'takes heads, causal, got "casual". Did you mean "causal"?'],
    [{ heads: 4, toString: 1 }, 'takes heads, causal, got "toString".'],
  ])("%j are refused", (options, message) => {
    expect(() => checkOptions("attention", options, table)).toThrow(
      expect.objectContaining({ code: "CONFIG", message: `attention: ${message}` }),
    );
  });
});

it("arrays are what they say", () => {
  checkArray("build: features", zeros([2]));
  for (const value of [undefined, null, [1, 2], { shape: [2] }, new Float32Array(2)])
    expect(() => checkArray("build: features", value)).toThrow(expect.objectContaining({ code: "DTYPE" }));
});
