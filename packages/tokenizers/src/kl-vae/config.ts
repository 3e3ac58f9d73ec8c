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
  /** Channels of an image, 3 by default. */
  readonly imageChannels?: number;
  /** How sizes are halved and doubled: by convolutions (default), or by means of four and repetition without parameters. */
  readonly resampling?: "convolution" | "mean";
  /** Softmax over all pixels (default), linear in their number (`LinAttnBlock`), or none, in the middle either. */
  readonly attention?: AttentionKind;
  /** tanh of the decoded image. Default false. */
  readonly tanh?: boolean;
}

export type AttentionKind = "softmax" | "linear" | "none";

/** Channels of a level. */
export const levelWidth = ({ channels, multipliers }: KlVaeConfig, level: number): number =>
  channels * (multipliers[level] ?? 1);

/** Pixels of an image to one of a latent, along a side. */
export const downsampling = ({ multipliers }: KlVaeConfig): number => 2 ** (multipliers.length - 1);
