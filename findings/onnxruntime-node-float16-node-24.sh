#!/usr/bin/env bash
# onnxruntime-node 1.30.0 takes no float16 input at all under Node 24: `session.run` fails with "not enough space: expected 4,
# got 0", whether the tensor was made of a Uint16Array of the bits or of a Float16Array. Node 22 takes the former.
#
# Node 24 has Float16Array; onnxruntime-common then wraps what it is given in one, and the binding counts no bytes in that
# (microsoft/onnxruntime, pull request 32323). A program that takes Float16Array away before its first tensor runs.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
machine="$(node -p 'process.platform + "-" + process.arch')"
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 \
  "node22@npm:node-$machine@22.23.3" "node24@npm:node-$machine@24.21.0"
cat >seen.mjs <<'JS'
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";

const field = (id, ...parts) => {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([8 * id + 2, bytes.length]), bytes]);
};
const float16 = Buffer.from([8, 10]);
const pair = field(2, field(1, [8, 2])); // the shape [2]
const value = (name) => [field(1, name), field(2, field(1, float16, pair))];
const node = [field(1, "x"), field(2, "y"), field(4, "Identity")];
const graph = [field(1, ...node), field(2, "graph"), field(11, ...value("x")), field(12, ...value("y"))];
const model = Buffer.concat([Buffer.from([8, 8]), field(7, ...graph), field(8, [16, 17])]); // version 8, operators of 17

if (process.argv[2] === "without") delete globalThis.Float16Array;
const session = await InferenceSession.create(model);
const run = (data) =>
  session.run({ x: new Tensor("float16", data, [2]) }).then(
    ({ y }) => `${y.data.constructor.name} ${y.data.join(" ")}`,
    (error) => error.message,
  );
const { version } = JSON.parse(readFileSync("node_modules/onnxruntime-node/package.json", "utf8"));
const what = process.argv[2] ? `${process.argv[2]} Float16Array` : "as it is";
console.log(`onnxruntime-node ${version}, Node ${process.versions.node} ${what}`);
console.log(`  Uint16Array of 1 and 2: ${await run(Uint16Array.of(0x3c00, 0x4000))}`);
if (globalThis.Float16Array) console.log(`  Float16Array of 1 and 2: ${await run(globalThis.Float16Array.of(1, 2))}`);
JS
seen="$(
  node_modules/node22/bin/node seen.mjs
  node_modules/node24/bin/node seen.mjs
  node_modules/node24/bin/node seen.mjs without
)"
echo "$seen"
[ "$(grep -c "Uint16Array of 1 and 2: Uint16Array 15360 16384" <<<"$seen")" = 2 ] &&
  [ "$(grep -c "not enough space: expected 4, got 0" <<<"$seen")" = 2 ]
