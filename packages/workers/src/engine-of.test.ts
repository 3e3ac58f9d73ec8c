import { expect, it } from "vitest";
import { engineOf } from "./engine-of.ts";

it("is that of the settings, of the configuration among them, or the processor", () => {
  expect(engineOf({ engine: { kind: "onnx", device: "webgpu" } })).toBe("webgpu");
  expect(engineOf({ config: { engine: { device: "cuda" } }, half: true })).toBe("cuda");
  for (const other of [{}, { config: {} }, undefined, { engine: { kind: "tfjs" } }])
    expect(engineOf(other)).toBe("cpu");
});
