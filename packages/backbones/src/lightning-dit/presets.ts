/** Sizes of Yao et al. 2025; spread one into a config: `{ ...lightningDitXL, latent, patchSize: 1 }`. */
export interface LightningDitSize {
  readonly depth: number;
  readonly hiddenSize: number;
  readonly heads: number;
}
export const lightningDitS: LightningDitSize = { depth: 12, hiddenSize: 384, heads: 6 };
export const lightningDitB: LightningDitSize = { depth: 12, hiddenSize: 768, heads: 12 };
export const lightningDitL: LightningDitSize = { depth: 24, hiddenSize: 1024, heads: 16 };
export const lightningDitXL: LightningDitSize = { depth: 28, hiddenSize: 1152, heads: 16 };
export const lightningDit1p0B: LightningDitSize = { depth: 24, hiddenSize: 1536, heads: 24 };
export const lightningDit1p6B: LightningDitSize = { depth: 28, hiddenSize: 1792, heads: 28 };
