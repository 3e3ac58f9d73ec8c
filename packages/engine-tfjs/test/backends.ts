import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { TensorFlow } from "../src/index.ts";

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);

export const backends = ["cpu", "wasm"] as const;

/** tf, set to a backend. */
export async function on(backend: (typeof backends)[number]): Promise<typeof tf> {
  await tf.setBackend(backend);
  return tf;
}

/** tf as it would be if its backends lacked some kernels. */
export const without = (kernels: readonly string[]): TensorFlow => ({
  ...tf,
  getKernel: (kernel, backend) => (kernels.includes(kernel) ? undefined : tf.getKernel(kernel, backend)),
});
