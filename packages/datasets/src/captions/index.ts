export type { CaptionReport } from "./caption-report.ts";
export type { CaptionVectors } from "./caption-vectors.ts";
export { type CaptionCount, captionsInWords, countCaptions } from "./count-captions.ts";
export { drawTexts } from "./draw-texts.ts";
export { type TextPairs, textPairs } from "./text-pairs.ts";
