#!/usr/bin/env bash
# onnxruntime-node 1.30.0 counts `preferredOutputLocation` by the place of an output among those that a run asks for, and not by
# its name: a session of outputs a, b, c that wants b on the GPU leaves b there when all three are asked for; when b and c are
# asked for, b comes to the CPU and c, which was to come, stays in GPU memory ("The data is not on CPU"). A session that has run
# for three outputs cannot run for two of them any more.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm and Linux x64; the GPU is a software one from
# @sparticuz/chromium 138.0.2.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 @sparticuz/chromium@138.0.2
node -e '
  const { readFileSync, writeFileSync } = require("fs");
  const file = readFileSync("node_modules/@sparticuz/chromium/bin/swiftshader.tar.br");
  writeFileSync("driver.tar", require("zlib").brotliDecompressSync(file));
'
tar xf driver.tar
export VK_DRIVER_FILES="$folder/vk_swiftshader_icd.json" LD_LIBRARY_PATH="$folder"
cat >seen.mjs <<'JS'
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";

const field = (id, ...parts) => {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = bytes; // below 2^14: one or two bytes
  return Buffer.concat([Buffer.from([8 * id + 2, ...(length < 128 ? [length] : [(length % 128) + 128, length >> 7])]), bytes]);
};
const pair = field(2, field(1, [8, 2])); // the shape [2]
const value = (name) => [field(1, name), field(2, field(1, Buffer.from([8, 1]), pair))];
const node = (op, name) => field(1, field(1, "x"), field(1, "x"), field(2, name), field(4, op));
const nodes = [node("Add", "a"), node("Mul", "b"), node("Sub", "c")];
const outputs = ["a", "b", "c"].map((name) => field(12, ...value(name)));
const graph = Buffer.concat([...nodes, field(2, "graph"), field(11, ...value("x")), ...outputs]);
const model = Buffer.concat([Buffer.from([8, 8]), field(7, graph), field(8, [16, 17])]); // version 8, operators of 17

const wanted = { executionProviders: ["webgpu", "cpu"], preferredOutputLocation: { b: "gpu-buffer" } };
const { version } = JSON.parse(readFileSync("node_modules/onnxruntime-node/package.json", "utf8"));
console.log(`onnxruntime-node ${version}, outputs a,b,c, b is wanted on the GPU`);
const x = new Tensor("float32", Float32Array.of(1, 2), [2]);
const locations = async (session, asked) => {
  const results = await session.run({ x }, asked);
  console.log(`  asked for ${asked}: ${asked.map((name) => `${name} ${results[name].location}`).join(", ")}`);
};
for (const asked of [["a", "b", "c"], ["b", "c"]]) await locations(await InferenceSession.create(model, wanted), asked);
const session = await InferenceSession.create(model, wanted);
await session.run({ x }, ["a", "b", "c"]);
await session.run({ x }, ["b", "c"]).catch((error) => console.log(`  a,b,c first and b,c then: ${error.message}`));
process.exit(0);
JS
seen="$(node seen.mjs)"
echo "$seen"
grep -qF "asked for a,b,c: a cpu, b gpu-buffer, c cpu" <<<"$seen" && grep -qF "asked for b,c: b cpu, c gpu-buffer" <<<"$seen" &&
  grep -qF "a,b,c first and b,c then: Output count mismatch." <<<"$seen"
