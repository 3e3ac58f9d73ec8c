export type { CaptionVectors } from "./caption-vectors.ts";
export { drawTexts } from "./draw-texts.ts";
