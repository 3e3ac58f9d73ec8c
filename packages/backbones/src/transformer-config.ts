import type { LatentShape } from "@gmem/spec";
import { GMemError, type OptionTable, ShapeError } from "@gmem/tensor";

/** The sizes that every diffusion transformer here has. */
export interface TransformerConfig {
  /** [C,H,W] of a latent; any channel count, any grid. */
  readonly latent: LatentShape;
  /** p; divides H and W. */
  readonly patchSize: number;
  readonly depth: number;
  /** D. */
  readonly hiddenSize: number;
  readonly heads: number;
  /** The network has 2C output channels, of which the second half (DiT's variance) is not used. Default false. */
  readonly learnSigma?: boolean;
  /** "zero": each block starts as the identity and the network at 0 (DiT); "xavier": as the released GMem code. */
  readonly adaLNInit?: "zero" | "xavier";
  /** `tap` are the tokens after so many blocks, from 1: REPA's encoder depth. No tap by default. */
  readonly tapAfter?: number;
  /** Computes each block again in the backward pass: less memory, more time. Default false. */
  readonly recompute?: boolean;
}

/** Which of them have to be given. */
export const transformerOptions: OptionTable<TransformerConfig> = {
  latent: "required",
  patchSize: "required",
  depth: "required",
  hiddenSize: "required",
  heads: "required",
  learnSigma: "optional",
  adaLNInit: "optional",
  tapAfter: "optional",
  recompute: "optional",
};

/**
 * @param options.units What `mlpRatio` gives the MLP.
 * @throws {ShapeError} where sizes do not divide.
 * @throws {GMemError} code `CONFIG` for sizes that are no whole numbers from 1, an MLP without units, or a tap outside the blocks 1 … depth.
 */
export function checkTransformer(
  where: string,
  config: TransformerConfig & { readonly mlpRatio?: number },
  { units }: { readonly units: number },
): void {
  const { latent, patchSize, depth, hiddenSize, heads, mlpRatio, tapAfter } = config;
  const isCount = (value: number): boolean => Number.isInteger(value) && value >= 1;
  for (const [name, value] of Object.entries({ patchSize, depth, hiddenSize, heads }))
    if (!isCount(value))
      throw new GMemError("CONFIG", `${where}: ${name} must be a whole number from 1, got ${JSON.stringify(value)}`);
  if (latent.length !== 3 || !latent.every(isCount))
    throw new ShapeError(where, "latent must be [C,H,W], each from 1", [latent]);
  if (latent[1] % patchSize !== 0 || latent[2] % patchSize !== 0)
    throw new ShapeError(where, `patch size ${patchSize} must divide height and width`, [latent]);
  if (hiddenSize % heads !== 0)
    throw new ShapeError(where, `${heads} heads must divide the hidden size`, [[hiddenSize]]);
  if (hiddenSize % 4 !== 0) throw new ShapeError(where, "the hidden size must be divisible by 4", [[hiddenSize]]);
  if (!(Number.isFinite(units) && units >= 1))
    throw new GMemError(
      "CONFIG",
      `${where}: mlpRatio must give the MLP at least one unit, got ${mlpRatio}; 4 is usual`,
    );
  if (tapAfter !== undefined && !(Number.isInteger(tapAfter) && tapAfter >= 1 && tapAfter <= depth))
    throw new GMemError(
      "CONFIG",
      `${where}: tapAfter must be a block from 1 to ${depth}, got ${tapAfter}; leave it out for a network without a tap`,
    );
}
