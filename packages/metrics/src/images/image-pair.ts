import { type NDArray, ShapeError } from "@gmem/tensor";

/** Shape of two batches of images. @throws {ShapeError} unless both are [N,C,H,W] with at least `least` pixels a side. */
export function pairShape(
  where: string,
  [x, y]: readonly [NDArray, NDArray],
  least: number,
): readonly [n: number, c: number, h: number, w: number] {
  const [n = 0, c = 0, h = 0, w = 0] = x.shape;
  const equal = x.shape.every((length, i) => length === y.shape[i]) && y.shape.length === x.shape.length;
  if (x.shape.length === 4 && equal && n > 0 && c > 0 && Math.min(h, w) >= least) return [n, c, h, w];
  throw new ShapeError(where, `needs two batches [N,C,H,W] of at least ${least} pixels a side`, [x.shape, y.shape]);
}
