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

/** The part of each pixel [height·width] that a shape covers, 0 … 1, from a grid of `samples`² points a pixel. */
export function cover(object: Placed, window: Window, samples = 4): Float32Array {
  const { inside, reach } = outlines[object.shape];
  const { left, top, width, height } = window;
  const alpha = new Float32Array(width * height);
  const far = reach * object.radius;
  const rowEnd = Math.min(height, Math.ceil(object.y + far - top));
  const columnEnd = Math.min(width, Math.ceil(object.x + far - left));
  for (let row = Math.max(0, Math.floor(object.y - far - top)); row < rowEnd; row++) {
    for (let column = Math.max(0, Math.floor(object.x - far - left)); column < columnEnd; column++) {
      let hits = 0;
      for (let i = 0; i < samples; i++) {
        const v = (top + row + (i + 0.5) / samples - object.y) / object.radius;
        for (let j = 0; j < samples; j++) {
          const u = (left + column + (j + 0.5) / samples - object.x) / object.radius;
          if (inside(u, v)) hits++;
        }
      }
      alpha[row * width + column] = hits / samples ** 2;
    }
  }
  return alpha;
}
