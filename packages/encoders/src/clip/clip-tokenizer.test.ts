import { describe, expect, it } from "vitest";
import { clipTokenizer } from "./clip-tokenizer.ts";

const pieces = ["a", "c", "t", "a</w>", "t</w>", "at</w>", "cat</w>", "<|startoftext|>", "<|endoftext|>"];
const special = (content: string): object => ({
  id: pieces.indexOf(content),
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: true,
});

/** CLIP's own file with a vocabulary of nine pieces. */
const json = {
  version: "1.0",
  added_tokens: [special("<|startoftext|>"), special("<|endoftext|>")],
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "NFC" },
      { type: "Replace", pattern: { Regex: "\\s+" }, content: " " },
      { type: "Lowercase" },
    ],
  },
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      {
        type: "Split",
        pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
        behavior: "Removed",
        invert: true,
      },
      { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
    ],
  },
  post_processor: null,
  decoder: null,
  model: {
    type: "BPE",
    dropout: null,
    unk_token: "<|endoftext|>",
    continuing_subword_prefix: "",
    end_of_word_suffix: "</w>",
    fuse_unk: false,
    vocab: Object.fromEntries(pieces.map((piece, i) => [piece, i])),
    merges: ["a t</w>", "c at</w>"],
  },
};

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
