import { createRequire } from "node:module";
import { dirname } from "node:path";
import { testEngine } from "@gmem/testing";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { tfjsEngine } from "./index.ts";

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);

/** XNNPACK, below wasm, holds what it computes between bounds, which takes NaN to one of them. */
const lostNan = {
  cpu: {},
  wasm: { "maximum of a number and x": 0, "conv2d of 1 × 1, one channel to one": Number.NEGATIVE_INFINITY },
};

for (const backend of ["cpu", "wasm"] as const)
  testEngine(
    `tfjs on ${backend}`,
    async () => {
      await tf.setBackend(backend);
      return tfjsEngine({ tf });
    },
    { lostNan: lostNan[backend] },
  );
