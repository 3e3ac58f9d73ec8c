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

const widths = [128, 256, 512, 512, 1024, 1024, 2048];

/** Three stages of convolutions, then attention, with one normalisation and activation for each of the two. */
const stages = (
  depths: readonly number[],
  options: { readonly convolutions: Pick<DcAeStage, "norm" | "activation">; readonly scales?: readonly number[] },
): readonly DcAeStage[] =>
  depths.map((depth, i) => {
    const width = widths[i] ?? 0;
    return i < 3
      ? { width, depth, block: "residual", ...options.convolutions, scales: [] }
      : { width, depth, block: "attention", ...smooth, scales: options.scales ?? [] };
  });

const smooth = { norm: "rms", activation: "silu" } as const;
const batch = { norm: "batch", activation: "relu" } as const;

/** `dc-ae-f32c32-in-1.0`: 256 pixels → 32 × 8 × 8. The paper calls it f32d32. */
export const dcAeF32C32: DcAeConfig = {
  latentChannels: 32,
  encoder: { stages: stages([0, 4, 8, 2, 2, 2], { convolutions: smooth }), downsample: "unshuffle" },
  decoder: { stages: stages([0, 5, 10, 2, 2, 2], { convolutions: batch }), upsample: "shuffle" },
  scale: 0.3189,
};

/** `dc-ae-f64c128-in-1.0`: 512 pixels → 128 × 8 × 8. */
export const dcAeF64C128: DcAeConfig = {
  latentChannels: 128,
  encoder: { stages: stages([0, 4, 8, 2, 2, 2, 2], { convolutions: smooth }), downsample: "unshuffle" },
  decoder: { stages: stages([0, 5, 10, 2, 2, 2, 2], { convolutions: batch }), upsample: "shuffle" },
  scale: 0.2889,
};

/** `dc-ae-f32c32-sana-1.0` and `-1.1`, which differ in their weights only. */
export const dcAeSana: DcAeConfig = {
  latentChannels: 32,
  encoder: { stages: stages([2, 2, 2, 3, 3, 3], { convolutions: smooth, scales: [5] }), downsample: "stride" },
  decoder: { stages: stages([3, 3, 3, 3, 3, 3], { convolutions: smooth, scales: [5] }), upsample: "nearest" },
  scale: 0.41407,
};
