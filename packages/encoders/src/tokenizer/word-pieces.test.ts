import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clipTokenizer } from "../clip/clip-tokenizer.ts";
import { wordPieces } from "./word-pieces.ts";

/** A tokenizer of BERT with nine pieces: [PAD], [CLS], [SEP], [UNK], a, cat, ##s, and, dog. */
const file = JSON.parse(readFileSync(new URL("../../test/fixtures/bert-tokenizer.json", import.meta.url), "utf8"));
const json = (more: object = {}): object => ({ ...file, ...more });
const truncation = (max_length: number, direction = "Right"): object => ({
  truncation: { direction, max_length, strategy: "LongestFirst", stride: 0 },
});
const padding = (more: object): object => ({
  padding: {
    strategy: "BatchLongest",
    direction: "Right",
    pad_to_multiple_of: null,
    pad_id: 0,
    pad_token: "[PAD]",
    ...more,
  },
});
const text = "A cats and dog"; // 4 5 6 7 8

describe("wordPieces", () => {
  it("frames a text as the file says, and gives it bare", () => {
    const words = wordPieces(json(), { special: ["[SEP]"] });
    expect(words.encode(text)).toEqual([1, 4, 5, 6, 7, 8, 2]);
    expect(words.encode("")).toEqual([1, 2]);
    expect(words.pieces(text)).toEqual([4, 5, 6, 7, 8]);
    expect(words.pieces(text, 2)).toEqual([4, 5]);
    expect(words.special).toEqual([2]);
  });

  it("cuts to the file's length, special tokens included, on its side", () => {
    expect(wordPieces(json(truncation(5))).encode(text)).toEqual([1, 4, 5, 6, 2]);
    expect(wordPieces(json(truncation(5, "Left"))).encode(text)).toEqual([1, 6, 7, 8, 2]);
    expect(wordPieces(json(truncation(5))).pieces(text, 4)).toEqual([4, 5, 6]);
    expect(wordPieces(json(truncation(9))).encode(text)).toEqual([1, 4, 5, 6, 7, 8, 2]);
  });

  it("fills up to the file's length or multiple, on its side", () => {
    expect(wordPieces(json(padding({ strategy: { Fixed: 5 }, pad_id: 3 }))).encode("a")).toEqual([1, 4, 2, 3, 3]);
    expect(wordPieces(json(padding({ strategy: { Fixed: 5 }, direction: "Left" }))).encode("a")).toEqual([
      0, 0, 1, 4, 2,
    ]);
    expect(wordPieces(json(padding({ pad_to_multiple_of: 4 }))).encode(text)).toEqual([1, 4, 5, 6, 7, 8, 2, 0]);
    expect(wordPieces(json({ ...truncation(4), ...padding({ strategy: { Fixed: 6 } }) })).encode(text)).toEqual([
      1, 4, 5, 2, 0, 0,
    ]);
  });

  it("refuses other files, and limits that are none", () => {
    expect(() => wordPieces({})).toThrow(/needs the parsed tokenizer.json/);
    expect(() => wordPieces(json(truncation(-1)))).toThrow(/truncation has a max_length, got -1/);
    expect(() => wordPieces(json(truncation(4, "Up")))).toThrow(/Left or Right, got "Up"/);
    expect(() => clipTokenizer(json())).toThrow(/clipTokenizer: the vocabulary must hold "<\|startoftext\|>"/);
  });
});
