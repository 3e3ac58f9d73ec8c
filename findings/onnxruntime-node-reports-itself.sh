#!/usr/bin/env bash
# onnxruntime-node 1.30.0 on Linux collects telemetry unless it is told not to: loading it and running one model of three nodes from
# memory leaves an identifier of the device and a database of events to be sent in the user's cache folder, ~/.cache/Microsoft.
# Nothing of that stands in its README. With ORT_DISABLE_TELEMETRY=1 set before it is loaded nothing is left. The variable has to be set
# in the process, by its start or by the main thread: set within a worker thread, whose `process.env` is a copy, it does nothing.
#
# Ends with 0 if that is so, with 1 if it has changed. Needs npm and Linux x64, and no network once it is installed.
set -euo pipefail
unset CI ORT_DISABLE_TELEMETRY
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0
cat >run.mjs <<'JS'
import { Worker, isMainThread, workerData } from "node:worker_threads";

if (!isMainThread && workerData === "told within") process.env.ORT_DISABLE_TELEMETRY = "1";
if (isMainThread && process.argv[2] === "told outside") process.env.ORT_DISABLE_TELEMETRY = "1";
if (isMainThread && process.argv[2]) new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
else {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const field = (id, ...parts) => {
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
    const { length } = bytes; // below 2^14: one or two bytes
    return Buffer.concat([Buffer.from([8 * id + 2, ...(length < 128 ? [length] : [(length % 128) + 128, length >> 7])]), bytes]);
  };
  const pair = field(2, field(1, [8, 2])); // the shape [2]
  const value = (name) => [field(1, name), field(2, field(1, Buffer.from([8, 1]), pair))];
  const node = field(1, field(1, "x"), field(1, "x"), field(2, "y"), field(4, "Add"));
  const graph = Buffer.concat([node, field(2, "graph"), field(11, ...value("x")), field(12, ...value("y"))]);
  const model = Buffer.concat([Buffer.from([8, 8]), field(7, graph), field(8, [16, 17])]); // version 8, operators of 17
  const session = await InferenceSession.create(model);
  await session.run({ x: new Tensor("float32", Float32Array.of(1, 2), [2]) });
}
JS
echo "onnxruntime-node $(node -p 'require("onnxruntime-node/package.json").version'), one model run, files in the home folder afterwards:"
left() {
  mkdir -p "$1"
  HOME="$folder/$1" XDG_CACHE_HOME="" node run.mjs ${2:+"$2"} >/dev/null 2>&1
  local seen
  seen="$(cd "$1" && find . -type f | sed 's/-\(wal\|shm\|journal\)$//' | sort -u | tr '\n' ' ')"
  echo "  $1: ${seen:-none}" >&2
  echo "$seen"
}
plain="$(left plain)"
within="$(left within "told within")"
outside="$(left outside "told outside")"
told="$(ORT_DISABLE_TELEMETRY=1 left told)"
grep -q deviceid <<<"$plain" && grep -q 'onnxruntime.db' <<<"$plain" && grep -q deviceid <<<"$within" && [ -z "$outside" ] && [ -z "$told" ]
