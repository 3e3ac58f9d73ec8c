export type { ImageModel, ModelValue } from "./image-model.ts";
export { type OnnxEncoder, type OnnxEncoderOptions, onnxEncoder } from "./onnx-encoder.ts";
export type { Pool } from "./pool-features.ts";
export { preprocess } from "./preprocess.ts";
export {
  type CompletePreprocessing,
  checkPreprocessing,
  type Preprocessing,
  type ResizeFilter,
  type ThreeNumbers,
} from "./preprocessing.ts";
