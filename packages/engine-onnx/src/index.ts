export type { DynamicBatch } from "./batch-check.ts";
export { estimateMemory, type MemoryEstimate } from "./estimate-memory.ts";
export { type ExportOptions, exportOnnx } from "./export-onnx.ts";
export { availableMemory } from "./memory-limit.ts";
export { type OnnxEngineOptions, onnxEngine } from "./onnx-engine.ts";
export { type OnnxModel, type OpenOnnxOptions, openOnnx } from "./open-onnx.ts";
export type { OnnxValue } from "./open-onnx-feeds.ts";
export { type DeviceReport, probeDevices } from "./probe-devices.ts";
export type { Device } from "./profile.ts";
