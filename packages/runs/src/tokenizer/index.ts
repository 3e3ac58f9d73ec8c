export { loadTokenizerConfig, type TokenizerConfig, tokenizerSchema } from "./config.ts";
export type { LoadedPictures, Pictures } from "./pictures.ts";
export { openPictures } from "./pictures.ts";
export type { SavedTokenizer } from "./save-tokenizer.ts";
export { openTokenizerLearner } from "./tokenizer-learner.ts";
export {
  type TokenizerInTraining,
  type TrainTokenizerOptions,
  type TrainTokenizerResult,
  tokenizerFiles,
  trainTokenizer,
} from "./train-tokenizer.ts";
