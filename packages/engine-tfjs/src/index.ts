export type { Attribute, TensorFlow, Value, ValueType } from "./tensorflow.ts";
export { type TfjsEngineOptions, tfjsEngine } from "./tfjs-engine.ts";
export { type TfjsNodeGpuOptions, tfjsNodeGpu } from "./tfjs-node-gpu.ts";
