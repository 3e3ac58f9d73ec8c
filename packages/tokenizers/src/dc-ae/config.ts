/** One level of a deep-compression autoencoder; the first is the image's own size. */
export interface DcAeStage {
  readonly width: number;
  /** Blocks; 0 in the first stage folds it into the patch embedding. */
  readonly depth: number;
  /** Residual convolutions, or linear attention followed by a gated convolution. */
  readonly block: "residual" | "attention";
  readonly norm: DcAeNorm;
  readonly activation: DcAeActivation;
  /** Kernels of the additional scales that attention sees. */
  readonly scales: readonly number[];
}

/** Over the channels of a pixel, root mean square or with the mean, by running statistics of a channel, or not at all. */
export type DcAeNorm = "rms" | "layer" | "batch" | "none";
export type DcAeActivation = "silu" | "relu" | "relu6" | "hardswish" | "gelu" | "none";

/** Images → latents. What is optional is as in all published networks by default. */
export interface DcAeEncoderConfig {
  readonly stages: readonly DcAeStage[];
  readonly downsample: "unshuffle" | "stride";
  /** Halving adds averages of the input's channels. Default true. */
  readonly downsampleShortcut?: boolean;
  /** Before the last convolution. Default none. */
  readonly outActivation?: DcAeActivation;
  /** The last convolution adds averages of its input's channels. Default true. */
  readonly outShortcut?: boolean;
  /** 2C channels come out, as of a distribution's mean and spread, which `dcAe` does not take. Default false. */
  readonly doubleLatent?: boolean;
}

/** Latents → images. What is optional is as in all published networks by default. */
export interface DcAeDecoderConfig {
  readonly stages: readonly DcAeStage[];
  readonly upsample: "shuffle" | "nearest";
  /** The first convolution adds its input, repeated. Default true. */
  readonly inShortcut?: boolean;
  /** Doubling adds its input, repeated. Default true. */
  readonly upsampleShortcut?: boolean;
  /** Before the last convolution. Default rms and relu. */
  readonly outNorm?: DcAeNorm;
  readonly outActivation?: DcAeActivation;
}

export interface DcAeConfig {
  readonly latentChannels: number;
  /** Channels of an image, 3 by default. */
  readonly imageChannels?: number;
  readonly encoder: DcAeEncoderConfig;
  readonly decoder: DcAeDecoderConfig;
  /** What latents are multiplied by for a backbone. */
  readonly scale: number;
}

/** Pixels of an image to one of a latent, along a side. */
export const downsampling = ({ encoder }: DcAeConfig): number => 2 ** (encoder.stages.length - 1);

/** Width behind the encoder's, before the decoder's outer convolution: stage 1 where stage 0 is empty. */
export const outerWidth = (stages: readonly DcAeStage[]): number =>
  (stages[0]?.depth ? stages[0] : stages[1])?.width ?? 0;

/** Channels that come out of the encoder. */
export const encodedChannels = ({ latentChannels, encoder }: DcAeConfig): number =>
  encoder.doubleLatent ? 2 * latentChannels : latentChannels;

/** Where the encoder's last convolution stands among the operations before it. */
export const encoderOut = ({ outActivation = "none", outShortcut = true }: DcAeEncoderConfig): string =>
  `encoder.project_out${outShortcut ? ".main" : ""}.op_list.${outActivation === "none" ? 0 : 1}.conv`;

/** Where the decoder's norm and last convolution stand. */
export function decoderOut({ outNorm = "rms", outActivation = "relu" }: DcAeDecoderConfig): {
  readonly norm: string;
  readonly conv: string;
} {
  const [at, before] = ["decoder.project_out.op_list", [outNorm, outActivation].filter((kind) => kind !== "none")];
  return { norm: `${at}.0`, conv: `${at}.${before.length}` };
}

/** Where the decoder's first convolution stands. */
export const decoderIn = ({ inShortcut = true }: DcAeDecoderConfig): string =>
  `decoder.project_in${inShortcut ? ".main" : ""}.conv`;

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
