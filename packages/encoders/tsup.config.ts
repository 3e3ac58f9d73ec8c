import { lib } from "../../tsup.base.ts";

export default lib([
  "src/clip/index.ts",
  "src/dinov2/index.ts",
  "src/gemma/index.ts",
  "src/hashed-words/index.ts",
  "src/concat/index.ts",
  "src/use-lite/index.ts",
  "src/onnx/index.ts",
  "src/patch-kmeans/index.ts",
  "src/prompt-tokens/index.ts",
  "src/resize/index.ts",
  "src/tokenizer/index.ts",
]);
