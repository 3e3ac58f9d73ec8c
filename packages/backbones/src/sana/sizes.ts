import type { BackboneSize } from "../sizes.ts";

/** What a published Sana adds to depth, width and heads. */
export interface SanaSize extends BackboneSize {
  readonly crossHeads: number;
  readonly contextDim: number;
}
// Xie et al. 2024, Sana, Table 1 and the released configurations: heads of 32 and, for cross-attention, of 72 and 112
export const sana06B: SanaSize = { depth: 28, hiddenSize: 1152, heads: 36, crossHeads: 16, contextDim: 2304 };
export const sana16B: SanaSize = { depth: 20, hiddenSize: 2240, heads: 70, crossHeads: 20, contextDim: 2304 };
