import type { Points } from "./gaussian-mixture.ts";

/**
 * 2 E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖ between two sets of points (Székely & Rizzo 2013), pairs of a point with itself left
 * out, so that it is 0 on average for equal distributions and may be below.
 */
export const energyDistance = (a: Points, b: Points): number =>
  2 * meanDistance(a, b, 0) - meanDistance(a, a, a.length / 2) - meanDistance(b, b, b.length / 2);

/** @param same how many of the pairs are a point with itself. */
function meanDistance(a: Points, b: Points, same: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 2)
    for (let j = 0; j < b.length; j += 2)
      sum += Math.hypot((a[i] as number) - (b[j] as number), (a[i + 1] as number) - (b[j + 1] as number));
  return sum / ((a.length / 2) * (b.length / 2) - same);
}
