import { testEngine } from "@gmem/testing";
import { it } from "vitest";
import { onnxEngine } from "./index.ts";

const reason = await onnxEngine({ device: "webgpu" }).then(
  (engine) => engine.dispose(),
  (error: Error) => error.message,
);

if (reason !== undefined) it.skip(`onnxruntime on WebGPU (skipped: ${reason})`, () => {});
else
  testEngine("onnxruntime on WebGPU", () => onnxEngine({ device: "webgpu" }), {
    lostNan: { max: 3, softmax: 0, exp: Number.POSITIVE_INFINITY, sigmoid: 0 },
    skip: [
      { test: "sin", reason: "drivers approximate it: SwiftShader is off by 1.6e-4" },
      { test: "cos", reason: "drivers approximate it: SwiftShader is off by 1.6e-4" },
    ],
  });
