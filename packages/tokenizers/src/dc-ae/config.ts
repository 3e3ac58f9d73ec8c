/** One level of a deep-compression autoencoder; the first is the image's own size. */
export interface DcAeStage {
  readonly width: number;
  /** Blocks; 0 in the first stage folds it into the patch embedding. */
  readonly depth: number;
  /** Residual convolutions, or linear attention followed by a gated convolution. */
  readonly block: "residual" | "attention";
  readonly norm: "rms" | "batch";
  readonly activation: "silu" | "relu";
  /** Kernels of the additional scales that attention sees. */
  readonly scales: readonly number[];
}

export interface DcAeConfig {
  readonly latentChannels: number;
  readonly encoder: { readonly stages: readonly DcAeStage[]; readonly downsample: "unshuffle" | "stride" };
  readonly decoder: { readonly stages: readonly DcAeStage[]; readonly upsample: "shuffle" | "nearest" };
  /** What latents are multiplied by for a backbone. */
  readonly scale: number;
}

/** Pixels of an image to one of a latent, along a side. */
export const downsampling = ({ encoder }: DcAeConfig): number => 2 ** (encoder.stages.length - 1);

/** Width behind the encoder's, before the decoder's outer convolution: stage 1 where stage 0 is empty. */
export const outerWidth = (stages: readonly DcAeStage[]): number =>
  (stages[0]?.depth ? stages[0] : stages[1])?.width ?? 0;
