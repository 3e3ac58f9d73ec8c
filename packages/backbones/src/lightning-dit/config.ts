import { checkOptions, type OptionTable, ShapeError } from "@gmem/tensor";
import { checkTransformer, type TransformerConfig, transformerOptions } from "../transformer-config.ts";

export interface LightningDitConfig extends TransformerConfig {
  /** Width of the GELU MLP over D, of which SwiGLU has two thirds, both rounded down to whole units. Default 4. */
  readonly mlpRatio?: number;
  /** Rotates q and k by row and column. Default true. */
  readonly rope?: boolean;
  /** RMS norms with gains; layer norms without if false. Default true. */
  readonly rmsNorm?: boolean;
  /** SwiGLU; a GELU MLP if false. Default true. */
  readonly swiglu?: boolean;
  /** Norms of q and k per head, the remedy for NaN in bf16. Default false. */
  readonly qkNorm?: boolean;
  /** Blocks scale and gate without shifting. Default false. */
  readonly woShift?: boolean;
}

const options: OptionTable<LightningDitConfig> = {
  ...transformerOptions,
  mlpRatio: "optional",
  rope: "optional",
  rmsNorm: "optional",
  swiglu: "optional",
  qkNorm: "optional",
  woShift: "optional",
};

/** Units of the MLP: 4D, or two thirds of it for SwiGLU, which has three matrices instead of two. */
export function units({ hiddenSize, mlpRatio = 4, swiglu = true }: LightningDitConfig): number {
  const wide = Math.floor(hiddenSize * mlpRatio);
  return swiglu ? Math.floor((2 / 3) * wide) : wide;
}

/** @throws {ShapeError} where sizes do not divide; {GMemError} code `CONFIG` for unknown or missing options, an MLP without units or a tap outside the blocks. */
export function checkConfig(config: LightningDitConfig): void {
  checkOptions("lightningDit", config, options);
  const { hiddenSize, heads, rope } = config;
  checkTransformer("lightningDit", config, { units: units(config) });
  if (rope !== false && (hiddenSize / heads) % 4 !== 0)
    throw new ShapeError("lightningDit", "heads that rotate must be a multiple of 4 wide; set rope: false otherwise", [
      [hiddenSize / heads],
    ]);
}
