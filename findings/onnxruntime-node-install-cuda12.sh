#!/usr/bin/env bash
# The install script of onnxruntime-node 1.30.0 documents `--onnxruntime-node-install=cuda12`, and takes it for no wish at all: as
# a script of the package that npm runs it ends with 0, prints nothing and fetches nothing, and so it does for a name that does
# not exist, which it says it refuses. `--onnxruntime-node-install` without a value is heard.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm and Linux x64; nothing is downloaded but the package.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0
npm pkg set scripts.cuda="node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12" \
  scripts.no-such="node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=no-such"
seen="onnxruntime-node $(node -p 'require("onnxruntime-node/package.json").version')"
for name in cuda no-such; do
  status=0
  printed="$(npm run --silent "$name" 2>&1)" || status=$?
  cuda="$(find node_modules/onnxruntime-node/bin -name '*providers_cuda*' | wc -l)"
  seen+=$'\n'"  npm run $name: ends with $status, prints ${#printed} characters, CUDA libraries: $cuda"
done
echo "$seen"
[ "$(grep -c "ends with 0, prints 0 characters, CUDA libraries: 0" <<<"$seen")" = 2 ]
