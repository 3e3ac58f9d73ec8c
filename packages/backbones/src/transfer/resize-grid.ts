import { type Grid, rotaryTable, sinCosTable } from "@gmem/nn";
import type { LatentShape, Params } from "@gmem/spec";
import { GMemError, type NDArray, ShapeError } from "@gmem/tensor";
import { bicubicTable } from "./bicubic-table.ts";
import type { GridConfig, Transferred } from "./double-patch.ts";
import { floatParameter } from "./float-parameter.ts";

export interface ResizeGridOptions {
  /** [C,H,W] of the new latents; C stays. */
  readonly latent: LatentShape;
  /**
   * Where the new tokens lie. "recompute" (default): neighbours stay one position apart, and new rows and columns come
   * after the old. "scale": the new grid covers the range of the old one, positions times old/new (PixArt). "bicubic":
   * the stored table is resampled; rotary angles are recomputed.
   */
  readonly positions?: "recompute" | "scale" | "bicubic";
}

const where = "resizeGrid";
const kinds = ["recompute", "scale", "bicubic"] as const;

/**
 * Takes a backbone to another grid of tokens with the same patch: only its position tables change, `pos_embed` and, where
 * there are any, `feat_rope.freqs_*`. Everything else is handed through, all of it for a Sana, which has no positions.
 * @throws {GMemError} code `WEIGHTS` if a table is missing, code `CONFIG` for other positions; {ShapeError} if the patch
 * does not divide the latent, its channels change, or a table is of another config.
 * @example
 * const config = { ...sitS, latent: [4, 8, 8], patchSize: 2, depth: 1 } as const;
 * const larger = resizeGrid(sit(config).init(key(0)), config, { latent: [4, 8, 16], positions: "scale" });
 * larger.parameters.pos_embed; // [1,32,384]
 */
export function resizeGrid<C extends GridConfig>(
  parameters: Params<NDArray>,
  config: C,
  options: ResizeGridOptions,
): Transferred<C> {
  const { latent, positions = "recompute" } = options;
  if (!kinds.includes(positions))
    throw new GMemError("CONFIG", `${where}: positions must be ${kinds.join(", ")}, got "${positions}"`);
  if (latent[0] !== config.latent[0])
    throw new ShapeError(where, `the latent must keep its ${config.latent[0]} channels`, [latent]);
  const [from, to] = [gridOf(config.latent, config.patchSize), gridOf(latent, config.patchSize)];
  const step = [from.rows / to.rows, from.columns / to.columns] as const;
  const placed: Grid = positions === "scale" ? { ...to, step } : to;
  if ("patch_embed.proj.weight" in parameters) return { parameters, config: { ...config, latent } };
  const { hiddenSize: D } = config;
  const tokens = from.rows * from.columns;
  const stored = floatParameter(parameters, "pos_embed", { where, shape: [1, tokens, D] });
  return {
    parameters: {
      ...parameters,
      pos_embed: positions === "bicubic" ? bicubicTable(stored, from, to) : sinCosTable(placed, D),
      ...rotary(parameters, { tokens, placed }),
    },
    config: { ...config, latent },
  };
}

/** Rows and columns of tokens. */
function gridOf(latent: LatentShape, patchSize: number): Grid {
  const grid = { rows: latent[1] / patchSize, columns: latent[2] / patchSize };
  if (Object.values(grid).every((count) => Number.isInteger(count) && count > 0)) return grid;
  throw new ShapeError(where, `patch size ${patchSize} must divide height and width`, [latent]);
}

/** The rotary tables [T,hd] of the new grid, for parameters that have them. */
function rotary(
  parameters: Params<NDArray>,
  { tokens, placed }: { readonly tokens: number; readonly placed: Grid },
): Params<NDArray> {
  const names = ["feat_rope.freqs_cos", "feat_rope.freqs_sin"] as const;
  const headDim = names.map((name) => parameters[name]?.shape.at(-1)).find((width) => width !== undefined);
  if (headDim === undefined) return {};
  for (const name of names) floatParameter(parameters, name, { where, shape: [tokens, headDim] });
  const { cos, sin } = rotaryTable(placed, headDim);
  return { [names[0]]: cos, [names[1]]: sin };
}
