export { type GemmaConfig, gemma2B } from "./config.ts";
export { type GemmaEncoder, type GemmaOptions, gemma } from "./gemma.ts";
export { gemmaEmbedding, gemmaHidden, gemmaLogits, maskedMean } from "./gemma-features.ts";
export { type GemmaTextsOptions, gemmaTexts } from "./gemma-texts.ts";
export { type GemmaTokenizer, gemmaTokenizer } from "./gemma-tokenizer.ts";
export { gemmaNames } from "./original-names.ts";
export { gemmaParameters } from "./parameters.ts";
