#!/usr/bin/env bash
# @tensorflow/tfjs-backend-wasm 4.22.0: NaN does not stay NaN. Pooling, even by the mean, and a convolution of one channel by a
# kernel of 1 x 1 make it -Infinity; clipByValue and relu6 make it their lower limit, an ordinary number. A convolution of two
# channels, or by a kernel of 1 x 3, keeps it, as relu and max do. On its own processor backend only maxPool loses it, in
# another way: it passes over it.
#
# So a network that ends in a clip shows a picture where another engine shows NaN. Seen on x86-64, with WebAssembly's SIMD;
# XNNPACK, which computes it, has other kernels for other processors.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @tensorflow/tfjs-core@4.22.0 \
  @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat >seen.cjs <<'JS'
const log = console.log;
console.log = console.warn = () => {}; // the library's greeting
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");
const { version_wasm } = require("@tensorflow/tfjs-backend-wasm");

const flat = [1, NaN, 3, 4];
const row = (channels) => tf.stack(Array(channels).fill(tf.tensor(flat, [1, 1, 4])), 3);
const conv = (channels, width) => tf.conv2d(row(channels), tf.ones([1, width, channels, 1]), 1, "same");
const programs = {
  "conv2d 1x1, 1 channel": () => conv(1, 1),
  "conv2d 1x1, 2 channels": () => conv(2, 1),
  "conv2d 1x3, 1 channel": () => conv(1, 3),
  "avgPool 1x2": () => tf.avgPool(row(1), [1, 2], 1, "valid"),
  "maxPool 1x2": () => tf.maxPool(row(1), [1, 2], 1, "valid"),
  "clipByValue 0.5 to 3": () => tf.clipByValue(tf.tensor1d(flat), 0.5, 3),
  relu6: () => tf.relu6(tf.tensor1d(flat)),
  relu: () => tf.relu(tf.tensor1d(flat)),
  max: () => tf.max(tf.tensor1d(flat)),
};
(async () => {
  log(`tfjs-backend-wasm ${version_wasm}, of ${flat.join(" ")}`);
  const found = { cpu: [], wasm: [] };
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    for (const program of Object.values(programs)) found[backend].push(program().dataSync().join(" "));
  }
  for (const [i, name] of Object.keys(programs).entries())
    log(`${name.padEnd(23)} cpu: ${found.cpu[i].padEnd(13)} wasm: ${found.wasm[i]}`);
  const cpu = "1 NaN 3 4|2 NaN 6 8|NaN NaN NaN 7|NaN NaN 3.5|1 3 4|1 NaN 3 3|1 NaN 3 4|1 NaN 3 4|NaN";
  const wasm =
    "1 -Infinity 3 4|2 NaN 6 8|NaN NaN NaN 7|-Infinity -Infinity 3.5|1 -Infinity 4|1 0.5 3 3|1 0 3 4|1 NaN 3 4|NaN";
  process.exit(found.cpu.join("|") === cpu && found.wasm.join("|") === wasm ? 0 : 1);
})();
JS
node seen.cjs
