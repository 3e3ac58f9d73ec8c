import { describe, expect, it } from "vitest";
import { smallClipTokenizer as json } from "../../test/small-clip-tokenizer.ts";
import { clipTokenizer } from "./clip-tokenizer.ts";

describe("clipTokenizer", () => {
  it("joins word pieces between start and end, whatever the case and spaces, and fills up with zeros", () => {
    const { shape, data } = clipTokenizer(json, { contextLength: 8 }).ids(["A  cat", "tat a"]);
    expect(shape).toEqual([2, 8]);
    expect(Array.from(data)).toEqual([7, 3, 6, 8, 0, 0, 0, 0, 7, 2, 5, 3, 8, 0, 0, 0]);
  });

  it("cuts long texts and keeps their end token", () => {
    expect(Array.from(clipTokenizer(json, { contextLength: 4 }).ids(["cat cat cat cat"]).data)).toEqual([7, 6, 6, 8]);
    expect(clipTokenizer(json).ids([""]).shape).toEqual([1, 77]);
  });

  it("refuses other files", () => {
    expect(() => clipTokenizer({})).toThrow(/needs the parsed tokenizer.json/);
    const other = { ...json, added_tokens: [], model: { ...json.model, vocab: { a: 0, "a</w>": 1 }, merges: [] } };
    expect(() => clipTokenizer(other)).toThrow(/must hold "<\|startoftext\|>"/);
  });
});
