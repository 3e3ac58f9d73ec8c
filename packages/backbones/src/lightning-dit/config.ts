import type { LatentShape } from "@gmem/spec";
import { GMemError, ShapeError } from "@gmem/tensor";
import { checkTap } from "../check-tap.ts";

export interface LightningDitConfig {
  /** [C,H,W] of a latent: [32, 16, 16] for VA-VAE at 256². */
  readonly latent: LatentShape;
  /** p; divides H and W. */
  readonly patchSize: number;
  readonly depth: number;
  /** D. */
  readonly hiddenSize: number;
  readonly heads: number;
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
  /** The network has 2C output channels, of which the second half is not used. Default false. */
  readonly learnSigma?: boolean;
  /** "zero": each block starts as the identity and the network at 0 (DiT); "xavier": as the released GMem code. */
  readonly adaLNInit?: "zero" | "xavier";
  /** `tap` are the tokens after so many blocks, from 1: REPA's encoder depth. No tap by default. */
  readonly tapAfter?: number;
  /** Computes each block again in the backward pass: less memory, more time. Default false. */
  readonly recompute?: boolean;
}

/** Units of the MLP: 4D, or two thirds of it for SwiGLU, which has three matrices instead of two. */
export function units({ hiddenSize, mlpRatio = 4, swiglu = true }: LightningDitConfig): number {
  const wide = Math.floor(hiddenSize * mlpRatio);
  return swiglu ? Math.floor((2 / 3) * wide) : wide;
}

/** @throws {ShapeError} where sizes do not divide; {GMemError} code `CONFIG` for an MLP without units or a tap outside the blocks. */
export function checkConfig(config: LightningDitConfig): void {
  const { latent, patchSize, hiddenSize, heads, rope } = config;
  const where = "lightningDit";
  if (latent[1] % patchSize !== 0 || latent[2] % patchSize !== 0)
    throw new ShapeError(where, `patch size ${patchSize} must divide height and width`, [latent]);
  if (hiddenSize % heads !== 0)
    throw new ShapeError(where, `${heads} heads must divide the hidden size`, [[hiddenSize]]);
  if (hiddenSize % 4 !== 0) throw new ShapeError(where, "the hidden size must be divisible by 4", [[hiddenSize]]);
  if (rope !== false && (hiddenSize / heads) % 4 !== 0)
    throw new ShapeError(where, "heads that rotate must be a multiple of 4 wide; set rope: false otherwise", [
      [hiddenSize / heads],
    ]);
  if (!(units(config) >= 1))
    throw new GMemError(
      "CONFIG",
      `${where}: mlpRatio must give the MLP at least one unit, got ${config.mlpRatio}; 4 is usual`,
    );
  checkTap(where, config);
}
