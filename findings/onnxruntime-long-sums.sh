#!/usr/bin/env bash
# onnxruntime 1.30.0 on a processor: ReduceSum and ReduceMean of one long float32 tensor are off in the third digit. Of four
# million times 0.1 the mean is 0.10035 with onnxruntime-node (0.35 % too much: it adds one after the other in a few lanes) and
# 0.09613 with onnxruntime-web (3.9 % too little: it adds one after the other, to the last bit), of 16 million 1.5 % and 15 %.
#
# numpy adds in pairs and is right to seven digits. The same model gives other numbers in the browser than beside it, and none
# of them is close, though nothing overflows and the numbers are all alike.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm and Python 3.11 or later.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0 onnxruntime-web@1.30.0
python3 -m venv python
python/bin/pip install --quiet --no-compile --disable-pip-version-check numpy==2.4.6 2>/dev/null
cat >seen.cjs <<'JS'
const { execFileSync } = require("node:child_process");

const varint = (n) => (n > 127 ? [(n % 128) + 128, ...varint(Math.floor(n / 128))] : [n]);
const number = (id, n) => Buffer.from([...varint(8 * id), ...varint(n)]);
const field = (id, ...parts) => {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([...varint(8 * id + 2), ...varint(bytes.length)]), bytes]);
};
const value = (name, ...dims) =>
  [field(1, name), field(2, field(1, number(1, 1), field(2, ...dims.map((n) => field(1, number(1, n))))))];
const model = (operator, count) => {
  const flat = field(5, field(1, "keepdims"), number(3, 0), number(20, 2));
  const node = field(1, field(1, "x"), field(2, "y"), field(4, operator), flat);
  const graph = field(7, node, field(2, "graph"), field(11, ...value("x", count)), field(12, ...value("y")));
  return Buffer.concat([number(1, 8), graph, field(8, number(2, 17))]);
};
const numpy = (count) => Number(execFileSync("python/bin/python", ["-c",
  `import numpy; print(numpy.full(${count}, 0.1, numpy.float32).sum())`]));

(async () => {
  let same = true;
  for (const count of [4_000_000, 16_000_000]) {
    const x = new Float32Array(count).fill(0.1);
    const exact = count * x[0];
    const inOrder = x.reduce((sum, term) => Math.fround(sum + term), 0);
    const sums = { "numpy 2.4.6": numpy(count), "one after the other": inOrder };
    for (const [name, provider] of [["onnxruntime-node", "cpu"], ["onnxruntime-web", "wasm"]]) {
      const ort = require(name);
      ort.env.wasm.numThreads = 1;
      for (const operator of ["ReduceSum", "ReduceMean"]) {
        const session = await ort.InferenceSession.create(model(operator, count), { executionProviders: [provider] });
        const { y } = await session.run({ x: new ort.Tensor("float32", x, [count]) });
        sums[`${name} ${operator}`] = operator === "ReduceSum" ? y.data[0] : y.data[0] * count;
      }
    }
    console.log(`${count} times 0.1: ${exact.toFixed(2)}; onnxruntime ${require("onnxruntime-node/package.json").version}`);
    for (const [name, sum] of Object.entries(sums))
      console.log(`  ${name.padEnd(28)} ${sum.toFixed(2).padStart(11)}, off by ${(100 * (sum / exact - 1)).toFixed(3)} %`);
    const off = (name) => Math.abs(sums[name] / exact - 1);
    same &&= off("numpy 2.4.6") < 1e-6 && off("onnxruntime-node ReduceSum") > 0.003 && off("onnxruntime-node ReduceMean") > 0.003;
    same &&= sums["onnxruntime-web ReduceSum"] === inOrder && off("onnxruntime-web ReduceMean") > 0.03;
  }
  process.exit(same ? 0 : 1);
})();
JS
node seen.cjs
