export {
  type ClipEncoder,
  type ClipOptions,
  type ClipTextEncoder,
  clip,
  clipTextEncoder,
} from "./clip.ts";
export { clipImage, clipLogits, clipPatches, clipText, clipTextTokens } from "./clip-features.ts";
export { clipInput } from "./clip-input.ts";
export { type ClipTextsOptions, clipTexts } from "./clip-texts.ts";
export { type ClipTokenizer, clipTokenizer } from "./clip-tokenizer.ts";
export { type ClipConfig, type ClipInput, clipB16, clipB32, clipL14, type TowerSize } from "./config.ts";
export { clipNames } from "./original-names.ts";
export { clipImageParameters, clipTextParameters } from "./parameters.ts";
