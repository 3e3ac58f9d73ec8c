import { GMemError } from "@gmem/tensor";

/** Times of `steps` steps, `steps + 1` of them, from range[0] to range[1]. */
export type Grid = (range: readonly [start: number, end: number], steps: number) => readonly number[];

/**
 * Equal steps.
 * @throws {GMemError} code `CONFIG` if `steps` is not a positive integer.
 * @example
 * const times = uniformGrid([1, 0], 4); // 1, 0.75, 0.5, 0.25, 0
 */
export const uniformGrid: Grid = ([start, end], steps) => {
  if (!Number.isInteger(steps) || steps < 1)
    throw new GMemError("CONFIG", `uniformGrid: steps must be a positive integer, got ${steps}`);
  return Array.from({ length: steps + 1 }, (_, i) => (i === steps ? end : start + (i * (end - start)) / steps));
};

/**
 * Equal steps mapped by t ← a·t / (1 + (a − 1)t): a > 1 spends them near noise (SD3). LightningDiT's `timestep_shift` 0.3,
 * which counts time from noise to data, is a = 1/0.3 here.
 * @throws {GMemError} code `CONFIG` if `a` is not positive.
 * @example
 * const times = shiftedGrid(3)([1, 0], 2); // 1, 0.75, 0
 */
export function shiftedGrid(a: number): Grid {
  if (!(a > 0 && Number.isFinite(a)))
    throw new GMemError("CONFIG", `shiftedGrid: the shift must be positive, got ${a}`);
  // the same as a·t / (1 + (a − 1)t), but exactly 1 at 1
  return (range, steps) => uniformGrid(range, steps).map((t) => t / (t + (1 - t) / a));
}
