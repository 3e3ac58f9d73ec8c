import type { Placed } from "./cover.ts";
import type { ColourName } from "./palette.ts";

/** One object; position and radius in pixels. */
export interface SceneObject extends Placed {
  readonly colour: ColourName;
}

/** The nearly grey ground: one level, a slope between two, or stripes of two. */
export interface Ground {
  readonly kind: "plain" | "gradient" | "stripes";
  /** RGB in [0, 1]. */
  readonly from: readonly [number, number, number];
  /** RGB at the other end of the slope, or of every second stripe; equal to `from` on plain ground. */
  readonly to: readonly [number, number, number];
  /** Direction of change in radians, 0 to the right. */
  readonly angle: number;
  /** Width of a pair of stripes in pixels. */
  readonly period: number;
}

export type SceneLayout = "centred" | "free";

/** Everything a scene shows: enough to draw it again. */
export interface Scene {
  /** Width and height in pixels. */
  readonly size: number;
  readonly layout: SceneLayout;
  readonly ground: Ground;
  /** The main (largest) object first. */
  readonly objects: readonly [SceneObject, ...SceneObject[]];
}
