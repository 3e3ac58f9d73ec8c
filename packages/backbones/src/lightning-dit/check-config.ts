import { GMemError, ShapeError } from "@gmem/tensor";
import { checkTap } from "../check-tap.ts";
import type { LightningDitConfig } from "./lightning-dit.ts";
import { units } from "./parameters.ts";

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
