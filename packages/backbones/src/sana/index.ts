export type { SanaConfig } from "./config.ts";
export { fromOriginalNames, toOriginalNames } from "./original-names.ts";
export { type SanaLayer, sana, sanaBlock } from "./sana.ts";
export { type SanaSize, sana06B, sana16B } from "./sizes.ts";
