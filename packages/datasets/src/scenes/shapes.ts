export type ShapeName = "circle" | "square" | "triangle" | "cross";

/** A filled outline around its centroid; u and v are in radii, v points down. */
interface Outline {
  /** The row v of it is |u| ≤ halfWidth(v); below 0 where it has none. */
  halfWidth(v: number): number;
  /** Area at radius 1. */
  readonly area: number;
  /** Farthest reach from the centroid at radius 1. */
  readonly reach: number;
}

const HALF_SIDE = 0.88;
const CIRCUMRADIUS = 1.25;
const ARM = 0.36;

/** The outlines by name. */
export const outlines: Readonly<Record<ShapeName, Outline>> = {
  circle: { halfWidth: (v) => (Math.abs(v) <= 1 ? Math.sqrt(1 - v * v) : -1), area: Math.PI, reach: 1 },
  square: {
    halfWidth: (v) => (Math.abs(v) <= HALF_SIDE ? HALF_SIDE : -1),
    area: 4 * HALF_SIDE ** 2,
    reach: HALF_SIDE * Math.SQRT2,
  },
  triangle: {
    halfWidth: (v) => (v <= CIRCUMRADIUS / 2 ? (v + CIRCUMRADIUS) / Math.sqrt(3) : -1),
    area: ((3 * Math.sqrt(3)) / 4) * CIRCUMRADIUS ** 2,
    reach: CIRCUMRADIUS,
  },
  cross: {
    halfWidth: (v) => (Math.abs(v) <= ARM ? 1 : Math.abs(v) <= 1 ? ARM : -1),
    area: 8 * ARM - 4 * ARM ** 2,
    reach: Math.hypot(1, ARM),
  },
};

/** Shape names in the order of their class labels. */
export const shapeNames: readonly ShapeName[] = Object.keys(outlines) as ShapeName[];
