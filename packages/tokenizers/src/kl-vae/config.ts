/** A KL-regularised autoencoder of the CompVis family. */
export interface KlVaeConfig {
  /** Channels of level 0. */
  readonly channels: number;
  /** Channels of each level, as multiples; every level but the last halves the size. */
  readonly multipliers: readonly number[];
  /** Residual blocks of an encoder level; a decoder level has one more. */
  readonly residualBlocks: number;
  /** Levels whose blocks are followed by attention; the middle always has it. */
  readonly attentionLevels: readonly number[];
  /** Channels inside `quant_conv`. */
  readonly zChannels: number;
  /** C of a latent. */
  readonly latentChannels: number;
}

/** Channels of a level. */
export const levelWidth = ({ channels, multipliers }: KlVaeConfig, level: number): number =>
  channels * (multipliers[level] ?? 1);

/** Pixels of an image to one of a latent, along a side. */
export const downsampling = ({ multipliers }: KlVaeConfig): number => 2 ** (multipliers.length - 1);
