import type { LatentShape } from "@gmem/spec";
import { GMemError, ShapeError } from "@gmem/tensor";
import { checkTap } from "../check-tap.ts";

export interface SitConfig {
  /** [C,H,W] of a latent; any channel count, any grid. */
  readonly latent: LatentShape;
  /** p; divides H and W. */
  readonly patchSize: number;
  readonly depth: number;
  /** D. */
  readonly hiddenSize: number;
  readonly heads: number;
  /** Width of the MLP over D, rounded down to whole units. Default 4. */
  readonly mlpRatio?: number;
  /** The network has 2C output channels, of which the second half (DiT's variance) is not used. Default false. */
  readonly learnSigma?: boolean;
  /** "zero": each block starts as the identity and the network at 0 (DiT); "xavier": as the released GMem code. */
  readonly adaLNInit?: "zero" | "xavier";
  /** Layer norm of q and k per head. Default false. */
  readonly qkNorm?: boolean;
  /** `tap` are the tokens after so many blocks, from 1: REPA's encoder depth. No tap by default. */
  readonly tapAfter?: number;
  /** Computes each block again in the backward pass: less memory, more time. Default false. */
  readonly recompute?: boolean;
}

/** @throws {ShapeError} where sizes do not divide; {GMemError} code `CONFIG` for an MLP without units or a tap outside the blocks. */
export function checkConfig(config: SitConfig): void {
  const { latent, patchSize, hiddenSize, heads, mlpRatio = 4 } = config;
  if (latent[1] % patchSize !== 0 || latent[2] % patchSize !== 0)
    throw new ShapeError("sit", `patch size ${patchSize} must divide height and width`, [latent]);
  if (hiddenSize % heads !== 0)
    throw new ShapeError("sit", `${heads} heads must divide the hidden size`, [[hiddenSize]]);
  if (hiddenSize % 4 !== 0) throw new ShapeError("sit", "the hidden size must be divisible by 4", [[hiddenSize]]);
  if (!(Number.isFinite(mlpRatio) && hiddenSize * mlpRatio >= 1))
    throw new GMemError("CONFIG", `sit: mlpRatio must give the MLP at least one unit, got ${mlpRatio}; 4 is usual`);
  checkTap("sit", config);
}
