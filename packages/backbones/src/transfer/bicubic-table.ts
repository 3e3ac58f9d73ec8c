import type { Grid } from "@gmem/nn";
import { array, type NDArray } from "@gmem/tensor";

/** Cubic convolution with A = −0.75, at distance |d| < 2 from a tap. */
function weight(distance: number): number {
  const a = -0.75;
  const d = Math.abs(distance);
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : a * (((d - 5) * d + 8) * d - 4);
}

/** For each place of the new axis: four taps of the old one, clamped to its ends, with their weights. */
function taps(from: number, to: number): readonly (readonly [at: number, weight: number])[][] {
  return Array.from({ length: to }, (_, i) => {
    const x = ((i + 0.5) * from) / to - 0.5;
    const first = Math.floor(x) - 1;
    return [0, 1, 2, 3].map((k) => [Math.min(Math.max(first + k, 0), from - 1), weight(x - first - k)] as const);
  });
}

/**
 * Resamples a position table [1,T,D] to another grid as `interpolate(mode="bicubic", align_corners=False)` of PyTorch,
 * without antialiasing.
 */
export function bicubicTable(table: NDArray<"f32">, from: Grid, to: Grid): NDArray<"f32"> {
  const D = table.shape.at(-1) as number;
  const [down, across] = [taps(from.rows, to.rows), taps(from.columns, to.columns)];
  const out = new Float32Array(to.rows * to.columns * D);
  down.forEach((rows, r) => {
    across.forEach((columns, c) => {
      const token = out.subarray((r * to.columns + c) * D, (r * to.columns + c + 1) * D);
      for (let k = 0; k < D; k++) {
        let sum = 0; // in double precision
        for (const [row, vertical] of rows)
          for (const [column, horizontal] of columns)
            sum += vertical * horizontal * (table.data[(row * from.columns + column) * D + k] as number);
        token[k] = sum;
      }
    });
  });
  return array(out, [1, to.rows * to.columns, D]);
}
