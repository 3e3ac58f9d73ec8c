#!/usr/bin/env bash
# onnxruntime 1.30.0 on a processor: the maximum of numbers with a NaN among them depends on where it stands. ReduceMax gives NaN
# only if NaN comes first; of 1, NaN, 3, 4 onnxruntime-node gives 3, which is neither NaN nor the largest number, and
# onnxruntime-web gives 4. MaxPool differs as well: of the window NaN, 1 the one gives 1 and the other NaN, of 1, NaN both NaN.
#
# Max of two tensors keeps NaN in both (ONNX says nothing of NaN). So ReduceMax(Abs(x)) is no check that x is finite, and a
# scale that is made of it may be the scale of other numbers.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm. Seen on x86-64.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnxruntime-web@1.30.0
cat >seen.cjs <<'JS'
const number = (id, n) => (8 * id > 127 ? Buffer.from([(8 * id) % 128 + 128, (8 * id) >> 7, n]) : Buffer.from([8 * id, n]));
const field = (id, ...parts) => {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const size = bytes.length > 127 ? [(bytes.length % 128) + 128, bytes.length >> 7] : [bytes.length];
  return Buffer.concat([Buffer.from([8 * id + 2, ...size]), bytes]);
};
const value = (name, dims) =>
  [field(1, name), field(2, field(1, number(1, 1), field(2, ...dims.map((n) => field(1, number(1, n))))))];
const model = (operator, inputs, output, attribute) => {
  const names = inputs.map((_, i) => field(1, `x${i}`));
  const node = field(1, ...names, field(2, "y"), field(4, operator), ...(attribute ? [field(5, ...attribute)] : []));
  const values = inputs.map((dims, i) => field(11, ...value(`x${i}`, dims)));
  const graph = field(7, node, field(2, "graph"), ...values, field(12, ...value("y", output)));
  return Buffer.concat([number(1, 8), graph, field(8, number(2, 17))]);
};
const all = [field(1, "keepdims"), number(3, 0), number(20, 2)];
const windowOfTwo = [field(1, "kernel_shape"), number(8, 1), number(8, 2), number(20, 7)];
const cases = [
  ...[[NaN, 1, 3, 4], [1, NaN, 3, 4], [1, 3, 4, NaN]].map((x) => ["ReduceMax", [4], [], all, x]),
  ["MaxPool", [1, 1, 1, 4], [1, 1, 1, 3], windowOfTwo, [NaN, 1, NaN, 4]],
  ["Max", [4], [4], undefined, [1, NaN, 3, 4], [2]],
];
(async () => {
  console.log(`onnxruntime ${require("onnxruntime-node/package.json").version}`);
  const found = [];
  for (const [operator, dims, output, attribute, x, y] of cases) {
    const answers = [];
    for (const [name, provider] of [["onnxruntime-node", "cpu"], ["onnxruntime-web", "wasm"]]) {
      const ort = require(name);
      ort.env.wasm.numThreads = 1;
      const feeds = { x0: new ort.Tensor("float32", Float32Array.from(x), dims) };
      if (y) feeds.x1 = new ort.Tensor("float32", Float32Array.from(y), [1]);
      const file = model(operator, y ? [dims, [1]] : [dims], output, attribute);
      const session = await ort.InferenceSession.create(file, { executionProviders: [provider] });
      answers.push((await session.run(feeds)).y.data.join(" "));
    }
    console.log(`${operator.padEnd(9)} of ${x.join(" ")}${y ? ` and ${y}` : ""}: node ${answers[0]}, web ${answers[1]}`);
    found.push(answers.join(","));
  }
  process.exit(found.join("|") === "NaN,NaN|3,4|4,4|1 NaN 4,NaN NaN NaN|2 NaN 3 4,2 NaN 3 4" ? 0 : 1);
})();
JS
node seen.cjs
