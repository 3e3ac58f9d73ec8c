export type ShapeName = "circle" | "square" | "triangle" | "cross";

/** A filled outline around its centroid; u and v are in radii, v points down. */
interface Outline {
  inside(u: number, v: number): boolean;
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
  circle: { inside: (u, v) => u * u + v * v <= 1, area: Math.PI, reach: 1 },
  square: {
    inside: (u, v) => Math.abs(u) <= HALF_SIDE && Math.abs(v) <= HALF_SIDE,
    area: 4 * HALF_SIDE ** 2,
    reach: HALF_SIDE * Math.SQRT2,
  },
  triangle: {
    inside: (u, v) => v <= CIRCUMRADIUS / 2 && Math.abs(u) * Math.sqrt(3) <= v + CIRCUMRADIUS,
    area: ((3 * Math.sqrt(3)) / 4) * CIRCUMRADIUS ** 2,
    reach: CIRCUMRADIUS,
  },
  cross: {
    inside: (u, v) => (Math.abs(u) <= ARM && Math.abs(v) <= 1) || (Math.abs(v) <= ARM && Math.abs(u) <= 1),
    area: 8 * ARM - 4 * ARM ** 2,
    reach: Math.hypot(1, ARM),
  },
};

/** Shape names in the order of their class labels. */
export const shapeNames: readonly ShapeName[] = Object.keys(outlines) as ShapeName[];
