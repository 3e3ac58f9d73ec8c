/** Sizes of Peebles & Xie 2023, Table 1; spread one into a config: `{ ...sitB, latent, patchSize: 2 }`. */
export interface SitSize {
  readonly depth: number;
  readonly hiddenSize: number;
  readonly heads: number;
}
export const sitS: SitSize = { depth: 12, hiddenSize: 384, heads: 6 };
export const sitB: SitSize = { depth: 12, hiddenSize: 768, heads: 12 };
export const sitL: SitSize = { depth: 24, hiddenSize: 1024, heads: 16 };
export const sitXL: SitSize = { depth: 28, hiddenSize: 1152, heads: 16 };
