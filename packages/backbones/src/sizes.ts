/** Depth, width and heads of a published model; spread one into a config: `{ ...sitB, latent, patchSize: 2 }`. */
export interface BackboneSize {
  readonly depth: number;
  /** D. */
  readonly hiddenSize: number;
  readonly heads: number;
}
// Peebles & Xie 2023, Table 1: DiT, and SiT and LightningDiT after it
export const sizeS: BackboneSize = { depth: 12, hiddenSize: 384, heads: 6 };
export const sizeB: BackboneSize = { depth: 12, hiddenSize: 768, heads: 12 };
export const sizeL: BackboneSize = { depth: 24, hiddenSize: 1024, heads: 16 };
export const sizeXL: BackboneSize = { depth: 28, hiddenSize: 1152, heads: 16 };
// Yao et al. 2025, LightningDiT only
export const size1p0B: BackboneSize = { depth: 24, hiddenSize: 1536, heads: 24 };
export const size1p6B: BackboneSize = { depth: 28, hiddenSize: 1792, heads: 28 };
