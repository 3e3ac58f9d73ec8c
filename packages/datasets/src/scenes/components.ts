import type { NDArray } from "@gmem/tensor";
import { type ColourName, colourNames, palette } from "./palette.ts";

/** Connected pixels of one colour, by position row·width + column. */
export interface Component {
  readonly colour: ColourName;
  readonly pixels: readonly number[];
}

/** Chroma from which a pixel counts as coloured; the ground stays below 0.05, paint is at 0.57 or more. */
const COLOURED = 0.2;

/** Largest minus smallest channel of each pixel [H·W]: a mix of paint and grey has chroma in proportion to the paint. */
export function chroma(image: NDArray<"f32">): Float32Array {
  const pixels = image.data.length / 3;
  return Float32Array.from({ length: pixels }, (_, at) => {
    const [r, g, b] = [
      image.data[at] as number,
      image.data[at + pixels] as number,
      image.data[at + 2 * pixels] as number,
    ];
    return Math.max(r, g, b) - Math.min(r, g, b);
  });
}

/** The coloured regions of an image [3,H,W], 8-connected within one palette colour, largest first. */
export function components(image: NDArray<"f32">, strength: Float32Array): Component[] {
  const width = image.shape[2] as number;
  const pixels = strength.length;
  const colour = new Int8Array(pixels).fill(-1);
  for (let at = 0; at < pixels; at++) {
    if ((strength[at] as number) < COLOURED) continue;
    const paint = [image.data[at] as number, image.data[at + pixels] as number, image.data[at + 2 * pixels] as number];
    colour[at] = nearestColour(hue(paint));
  }
  const found: Component[] = [];
  for (let start = 0; start < pixels; start++) {
    const here = colour[start] as number;
    if (here < 0) continue;
    colour[start] = -1;
    const region = [start];
    for (let next = 0; next < region.length; next++) {
      const at = region[next] as number;
      const column = at % width;
      for (let row = -1; row <= 1; row++)
        for (let step = -1; step <= 1; step++) {
          const neighbour = at + row * width + step;
          if (column + step < 0 || column + step >= width || colour[neighbour] !== here) continue;
          colour[neighbour] = -1;
          region.push(neighbour);
        }
    }
    found.push({ colour: colourNames[here] as ColourName, pixels: region });
  }
  return found.sort((a, b) => b.pixels.length - a.pixels.length);
}

/** Hue in degrees of an RGB triple that is not grey. */
function hue(rgb: readonly number[]): number {
  const [r, g, b] = rgb as [number, number, number];
  const most = Math.max(r, g, b);
  const range = most - Math.min(r, g, b);
  const sector = most === r ? (g - b) / range : most === g ? 2 + (b - r) / range : 4 + (r - g) / range;
  return (60 * sector + 360) % 360;
}

const hues = colourNames.map((name) => hue(palette[name]));

function nearestColour(angle: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  hues.forEach((candidate, index) => {
    const apart = Math.abs(((angle - candidate + 540) % 360) - 180);
    if (apart < least) [best, least] = [index, apart];
  });
  return best;
}
