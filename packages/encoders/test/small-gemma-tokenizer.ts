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
export const smallGemmaTokenizer: object = {
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
