import { describe, expect, it } from "vitest";
import { gemmaTokenizer } from "./gemma-tokenizer.ts";

const pieces = ["<pad>", "<eos>", "<bos>", "<unk>", "<0xC3>", "<0xA9>", "a", "c", "t", "▁", "at", "cat", "▁cat"];
const special = (content: string): object => ({
  id: pieces.indexOf(content),
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
});

/** Gemma's own file with a vocabulary of thirteen pieces. */
const json = {
  version: "1.0",
  added_tokens: ["<pad>", "<eos>", "<bos>", "<unk>"].map(special),
  normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: {
    type: "BPE",
    dropout: null,
    unk_token: "<unk>",
    fuse_unk: true,
    byte_fallback: true,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    vocab: Object.fromEntries(pieces.map((piece, i) => [piece, i])),
    merges: ["a t", "c at", "▁ cat"],
  },
};

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
