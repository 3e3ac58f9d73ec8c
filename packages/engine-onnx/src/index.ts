export { type OnnxEngineOptions, onnxEngine } from "./onnx-engine.ts";
export type { Device } from "./profile.ts";
