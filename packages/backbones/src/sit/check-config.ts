import { ShapeError } from "@gmem/tensor";
import type { SitConfig } from "./sit.ts";

/** @throws {ShapeError} where sizes do not divide. */
export function checkConfig({ latent, patchSize, hiddenSize, heads }: SitConfig): void {
  if (latent[1] % patchSize !== 0 || latent[2] % patchSize !== 0)
    throw new ShapeError("sit", `patch size ${patchSize} must divide height and width`, [latent]);
  if (hiddenSize % heads !== 0)
    throw new ShapeError("sit", `${heads} heads must divide the hidden size`, [[hiddenSize]]);
  if (hiddenSize % 4 !== 0) throw new ShapeError("sit", "the hidden size must be divisible by 4", [[hiddenSize]]);
}
