export type { Conversion, ConversionRequest, Converted, ConvertOptions, TensorFate } from "./conversion.ts";
export { fromCheckpoint } from "./from-checkpoint.ts";
export { networkSentence, takenSentence } from "./network-sentence.ts";
export { type AnyBank, openAnyBank } from "./open-any-bank.ts";
export { oneOf } from "./options.ts";
export { toCheckpoint } from "./to-checkpoint.ts";
export { toClassTable } from "./to-class-table.ts";
export { toDtype } from "./to-dtype.ts";
export { toMemoryBank } from "./to-memory-bank.ts";
