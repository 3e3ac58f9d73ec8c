import { rotaryTable, sinCosTable } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { GMemError, type NDArray, sameShape } from "@gmem/tensor";
import type { LightningDitConfig } from "./config.ts";

/** The frozen tables by their checkpoint names: `pos_embed` [1,T,D], and `feat_rope.freqs_*` [T,hd] with rope. */
export function tables({
  latent,
  patchSize,
  hiddenSize,
  heads,
  rope = true,
}: LightningDitConfig): Params<NDArray<"f32">> {
  const [, height, width] = latent;
  const grid = { rows: height / patchSize, columns: width / patchSize };
  const position = { pos_embed: sinCosTable(grid, hiddenSize) };
  if (!rope) return position;
  const { cos, sin } = rotaryTable(grid, hiddenSize / heads);
  return { ...position, "feat_rope.freqs_cos": cos, "feat_rope.freqs_sin": sin };
}

/**
 * Compares the position tables of loaded parameters with what the config gives: a checkpoint of another grid or another
 * rotation is noticed before it makes noise.
 * @throws {GMemError} code `WEIGHTS` that names the table, for one that is missing, of another shape or off by over 1e-4.
 * @example
 * const config: LightningDitConfig = { ...lightningDitS, depth: 1, latent: [4, 8, 8], patchSize: 1 };
 * checkTables(lightningDit(config).init(key(0)), config);
 */
export function checkTables(parameters: Params<NDArray>, config: LightningDitConfig): void {
  for (const [name, expected] of Object.entries(tables(config))) {
    const found = parameters[name];
    if (!found || !sameShape(found.shape, expected.shape))
      throw new GMemError(
        "WEIGHTS",
        `checkTables: "${name}" must be [${expected.shape}] for this grid, got ${found ? `[${found.shape}]` : "none"}`,
      );
    const at = expected.data.findIndex((value, i) => !(Math.abs(value - (found.data[i] as number)) <= 1e-4));
    if (at >= 0)
      throw new GMemError(
        "WEIGHTS",
        `checkTables: "${name}" must be what the grid gives, ${expected.data[at]} at ${at}, got ${found.data[at]}; check latent and patchSize`,
      );
  }
}
