#!/usr/bin/env bash
# hyparquet 1.31.5: a column of bytes without a logical type, which is how Hugging Face's datasets write pictures, comes back as
# text in which every sequence that is no UTF-8 is replaced: the bytes of a PNG are a string that no decoder takes.
# `utf8: false` gives the bytes; columns that are marked as text stay text with it.
#
# Nothing fails on the way: the string has a length and lies under the right name, and what is lost cannot be had back from it.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund hyparquet@1.31.5 hyparquet-writer@0.17.0
cat >seen.mjs <<'JS'
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

const bytes = Uint8Array.from({ length: 74 }, (_, i) => [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a][i] ?? (37 * i) % 256);
const file = parquetWriteBuffer({
  schema: [
    { name: "root", num_children: 2 },
    { name: "image", num_children: 2, repetition_type: "OPTIONAL" },
    { name: "bytes", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
    { name: "path", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
    { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
  ],
  columnData: [
    { name: "image", data: [{ bytes, path: "a.png" }] },
    { name: "text", data: ["a dog"] },
  ],
});
const [usual] = await parquetReadObjects({ file });
const [asked] = await parquetReadObjects({ file, utf8: false });
const kind = (value) => `${typeof value === "string" ? "text" : value.constructor.name} of ${value.length}`;
console.log(`by default: image.bytes is ${kind(usual.image.bytes)}, image.path ${kind(usual.image.path)}, text ${kind(usual.text)}`);
console.log(`utf8: false: image.bytes is ${kind(asked.image.bytes)}, image.path ${kind(asked.image.path)}, text ${kind(asked.text)}`);
const isLost = typeof usual.image.bytes === "string" && usual.image.bytes.includes("\ufffd");
const isKept = Buffer.compare(asked.image.bytes, bytes) === 0 && asked.image.path === "a.png" && asked.text === "a dog";
process.exit(isLost && isKept ? 0 : 1);
JS
node seen.mjs
