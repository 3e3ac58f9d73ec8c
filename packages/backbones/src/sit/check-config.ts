import { GMemError, ShapeError } from "@gmem/tensor";
import { checkTap } from "../check-tap.ts";
import type { SitConfig } from "./sit.ts";

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
