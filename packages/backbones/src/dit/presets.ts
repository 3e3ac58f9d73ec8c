import { type SitSize, sitB, sitL, sitS, sitXL } from "../sit/presets.ts";

/** Sizes of Peebles & Xie 2023, Table 1; spread one into a config: `{ ...ditXL, latent, patchSize: 2 }`. */
export type DitSize = SitSize;
export const ditS: DitSize = sitS;
export const ditB: DitSize = sitB;
export const ditL: DitSize = sitL;
export const ditXL: DitSize = sitXL;
