import { outlines, type ShapeName } from "./shapes.ts";

/** A rectangle of pixels: columns left … left+width−1, rows top … top+height−1. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where a shape stands, in pixels; the pixel in column i covers i … i+1. */
export interface Placed {
  readonly shape: ShapeName;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export interface CoverOptions {
  /** Points a pixel and direction; default 4. */
  readonly samples?: number;
  /** Is overwritten and given back, to save making another one. */
  readonly into?: Float32Array;
}

/**
 * The part of each pixel [height·width] that a shape covers, 0 … 1, from a grid of `samples`² points a pixel. Row by row of
 * that grid: of each, a shape covers one stretch.
 */
export function cover(object: Placed, window: Window, { samples = 4, into }: CoverOptions = {}): Float32Array {
  const { halfWidth, reach } = outlines[object.shape];
  const { left, top, width, height } = window;
  const alpha = into?.fill(0) ?? new Float32Array(width * height);
  const far = reach * object.radius;
  const rowEnd = Math.min(height, Math.ceil(object.y + far - top));
  const share = 1 / samples ** 2;
  for (let row = Math.max(0, Math.floor(object.y - far - top)); row < rowEnd; row++) {
    for (let i = 0; i < samples; i++) {
      const half = object.radius * halfWidth((top + row + (i + 0.5) / samples - object.y) / object.radius);
      if (half < 0) continue;
      const first = Math.max(0, Math.ceil((object.x - half - left) * samples - 0.5)); // points (k + ½)/samples
      const last = Math.min(width * samples - 1, Math.floor((object.x + half - left) * samples - 0.5));
      const end = Math.floor(last / samples);
      for (let column = Math.floor(first / samples); column <= end; column++) {
        const points = Math.min(last, (column + 1) * samples - 1) - Math.max(first, column * samples) + 1;
        alpha[row * width + column] = (alpha[row * width + column] as number) + points * share;
      }
    }
  }
  return alpha;
}
