#!/usr/bin/env bash
# @huggingface/tokenizers 0.2.0: `encode` neither cuts nor fills up, whatever `truncation` and `padding` of tokenizer.json say.
#
# Python's tokenizers and Rust's apply both when they load the same file, so that each text has a fixed number of ids there. In
# JavaScript a text longer than the network's context goes through whole, and a shorter one stays short, without a word.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @huggingface/tokenizers@0.2.0
cat >seen.mjs <<'JS'
import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";

const vocabulary = ["[PAD]", "[UNK]", "a", "cat", "and", "dog"];
const file = {
  version: "1.0",
  truncation: { direction: "Right", max_length: 3, strategy: "LongestFirst", stride: 0 },
  padding: { strategy: { Fixed: 3 }, direction: "Right", pad_to_multiple_of: null, pad_id: 0, pad_type_id: 0, pad_token: "[PAD]" },
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "WhitespaceSplit" },
  post_processor: null,
  decoder: null,
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(vocabulary.map((piece, i) => [piece, i])),
  },
};
const { version } = JSON.parse(readFileSync("node_modules/@huggingface/tokenizers/package.json", "utf8"));
console.log(`@huggingface/tokenizers ${version}; the file asks for 3 ids of every text`);
const tokenizer = new Tokenizer(file, {});
const found = ["a cat and a dog", "a"].map((text) => {
  const { ids } = tokenizer.encode(text);
  console.log(`"${text}": ${ids.join(" ")}`);
  return ids.length;
});
process.exit(String(found) === "5,1" ? 0 : 1);
JS
node seen.mjs
