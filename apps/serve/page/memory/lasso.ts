/** A point of the map. */
export type Point = readonly [x: number, y: number];

/** Whether a point lies inside a polygon: a ray to the right crosses its edge an odd number of times. */
export function isInside([x, y]: Point, polygon: readonly Point[]): boolean {
  let inside = false;
  for (const [i, [ax, ay]] of polygon.entries()) {
    const [bx, by] = polygon.at(i - 1) as Point;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** Indices of the points inside. */
export const within = (points: readonly Point[], polygon: readonly Point[]): readonly number[] =>
  points.flatMap((point, index) => (isInside(point, polygon) ? [index] : []));

/** The index of the nearest point that is at most so far. */
export function nearestTo([x, y]: Point, points: readonly Point[], most: number): number | undefined {
  let [best, found] = [most, undefined as number | undefined];
  for (const [index, [px, py]] of points.entries()) {
    const distance = Math.hypot(px - x, py - y);
    if (distance <= best) [best, found] = [distance, index];
  }
  return found;
}
