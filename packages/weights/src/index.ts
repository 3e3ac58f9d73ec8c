export { writeFileAtomic } from "./atomic-file.ts";
export type { FileDType, FloatStorage } from "./element.ts";
export { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "./half.ts";
export type { TensorEntry } from "./header.ts";
export { openSafetensors, type SafetensorsFile } from "./open-safetensors.ts";
export { readSafetensors } from "./read-safetensors.ts";
export { SafetensorsWriter, type WriteOptions } from "./safetensors-writer.ts";
export { WeightsError } from "./weights-error.ts";
export { writeSafetensors } from "./write-safetensors.ts";
