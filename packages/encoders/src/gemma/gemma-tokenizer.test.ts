import { describe, expect, it } from "vitest";
import { smallGemmaTokenizer as json } from "../../test/small-gemma-tokenizer.ts";
import { gemmaTokenizer } from "./gemma-tokenizer.ts";

describe("gemmaTokenizer", () => {
  it("joins pieces behind a start token, spells what is unknown in bytes, and fills up with zeros", () => {
    const { shape, data } = gemmaTokenizer(json).ids(["cat cat", "é"]);
    expect(shape).toEqual([2, 16]);
    expect(Array.from(data.subarray(0, 4))).toEqual([2, 11, 12, 0]);
    expect(Array.from(data.subarray(16, 20))).toEqual([2, 4, 5, 0]);
  });

  it("cuts long texts and grows by sixteens", () => {
    const long = new Array(20).fill("cat").join(" ");
    expect(gemmaTokenizer(json).ids([long, ""]).shape).toEqual([2, 32]);
    expect(Array.from(gemmaTokenizer(json, { maxLength: 3 }).ids([long]).data)).toEqual([2, 11, 12]);
  });

  it("refuses other files", () => {
    expect(() => gemmaTokenizer({})).toThrow(/needs the parsed tokenizer.json/);
  });
});
