import { GMemError, type NDArray, ShapeError } from "@gmem/tensor";
import type { Detection } from "./judge-detections.ts";

/** GenEval's ten colours, as sRGB that people call so. */
const anchors: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [220, 30, 35],
  orange: [250, 135, 30],
  yellow: [250, 220, 50],
  green: [45, 150, 60],
  blue: [40, 90, 200],
  purple: [125, 50, 160],
  pink: [245, 140, 185],
  brown: [115, 70, 40],
  black: [20, 20, 20],
  white: [240, 240, 240],
};

/**
 * The name of the colour in the middle half of a box: of GenEval's ten the nearest to the median pixel in OKLab (Ottosson 2020).
 * GenEval itself asks CLIP, which this does not compare with.
 * @param image [3,H,W], values in [0, 1]
 * @throws {ShapeError} if the image is not [3,H,W]. @throws {GMemError} code `DATA` for a box outside of it.
 * @example
 * boxColour(array([1, 0, 0], [3, 1, 1]), [0, 0, 1, 1]); // "red"
 */
export function boxColour(image: NDArray<"f32">, box: Detection["box"]): string {
  const [channels, height, width] = image.shape;
  if (image.shape.length !== 3 || channels !== 3 || height === undefined || width === undefined)
    throw new ShapeError("boxColour", "needs an image [3,H,W]", [image.shape]);
  const [columns, rows] = [middle(box[0], box[2], width), middle(box[1], box[3], height)];
  if (columns.length === 0 || rows.length === 0)
    throw new GMemError("DATA", `boxColour: a box must lie in the image of ${width}×${height}, got [${box}]`);
  const median = [0, 1, 2].map((channel) => {
    const values = rows.flatMap((y) => columns.map((x) => image.data[(channel * height + y) * width + x] as number));
    return values.sort((a, b) => a - b)[values.length >> 1] as number;
  });
  const seen = okLab(median);
  const distances = labs.map(([, lab]) => Math.hypot(...lab.map((value, i) => value - (seen[i] as number))));
  const [name] = labs[distances.indexOf(Math.min(...distances))] as (typeof labs)[number];
  return name;
}

/** Pixels whose centres lie in the middle half between two ends, at least the one at the middle, inside the image. */
function middle(from: number, to: number, length: number): readonly number[] {
  const [centre, quarter] = [(from + to) / 2, (to - from) / 4];
  const [first, last] = [Math.round(centre - quarter), Math.max(Math.round(centre + quarter), Math.floor(centre) + 1)];
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i).filter((x) => x >= 0 && x < length);
}

/** sRGB in [0, 1] → L, a, b. */
function okLab(rgb: readonly number[]): readonly number[] {
  const [r = 0, g = 0, b = 0] = rgb.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const labs = Object.entries(anchors).map(([name, rgb]) => [name, okLab(rgb.map((byte) => byte / 255))] as const);
