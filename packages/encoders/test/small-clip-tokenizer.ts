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
export const smallClipTokenizer = {
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
