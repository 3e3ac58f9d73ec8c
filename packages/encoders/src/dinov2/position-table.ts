import { concat, constant, type NDArray, slice, type Tensor } from "@gmem/tensor";
import { antialiasedMatrix, bicubicMatrix } from "../resize/bicubic.ts";
import { type PositionResampling, resamplingOf } from "./config.ts";

/** [to,from] of one axis. */
function axis(positions: PositionResampling, from: number, to: number): NDArray<"f32"> {
  const { antialias, offset } = resamplingOf(positions);
  const scale = offset > 0 ? { scale: from / (to + offset) } : {};
  return antialias ? antialiasedMatrix(from, to, scale) : bicubicMatrix(from, to, scale);
}

/** The table of positions for a grid: row 0, the class token's, stays; the others, a square, are resampled. */
export interface PositionGrid {
  readonly rows: number;
  readonly columns: number;
  readonly positions: PositionResampling;
}

/**
 * Positions [1,1+m²,D] → [1,1+rows·columns,D].
 * @example
 * trace({ feeds: { table: f32(1, 1 + 37 * 37, 8) } }, ({ feeds }) => ({
 *   fetches: { y: positionTable(feeds.table, { rows: 16, columns: 16, positions: "timm-antialias" }) }, // [1,257,8]
 * }));
 */
export function positionTable(table: Tensor, { rows, columns, positions }: PositionGrid): Tensor {
  const [, length, d] = table.shape as [number, number, number];
  const m = Math.round(Math.sqrt(length - 1));
  if (rows === m && columns === m) return table;
  const grid = slice(table, 1, [1, length]).reshape([m, m * d]); // [m,m·D]
  const down = constant(axis(positions, m, rows))
    .matmul(grid)
    .reshape([rows, m, d]); // [r,m,D]
  const both = constant(axis(positions, m, columns)).matmul(down); // [r,c,D]
  return concat([slice(table, 1, [0, 1]), both.reshape([1, rows * columns, d])], 1); // [1,1+r·c,D]
}
