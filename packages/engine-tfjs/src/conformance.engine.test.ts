import { createRequire } from "node:module";
import { dirname } from "node:path";
import { testEngine } from "@gmem/testing";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { tfjsEngine } from "./index.ts";

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);

for (const backend of ["cpu", "wasm"])
  testEngine(`tfjs on ${backend}`, async () => {
    await tf.setBackend(backend);
    return tfjsEngine({ tf });
  });
