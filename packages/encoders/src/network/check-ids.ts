import { type NDArray, ShapeError } from "@gmem/tensor";

/** @throws {ShapeError} for what is no table of token ids [N,T]. */
export function checkIds(where: string, { shape }: NDArray): void {
  if (shape.length !== 2 || shape.includes(0)) throw new ShapeError(where, "needs token ids [N,T]", [shape]);
}
