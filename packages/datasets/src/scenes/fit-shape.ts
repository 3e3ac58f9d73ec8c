import { cover, type Placed, type Window } from "./cover.ts";
import { outlines, shapeNames } from "./shapes.ts";

/** The shape that fits best, where it stands, and how well: soft intersection over union, 0 … 1. */
export interface ShapeFit extends Placed {
  readonly iou: number;
}

/**
 * Fits every shape to a soft mask [height·width] by search over position and radius and takes the best.
 * Starts at the centroid with the radius that gives the mask's area; a coarse search, then a fine one around its best.
 */
export function fitShape(alpha: Float32Array, window: Window): ShapeFit {
  let area = 0;
  let x = 0;
  let y = 0;
  for (let at = 0; at < alpha.length; at++) {
    const weight = alpha[at] as number;
    area += weight;
    x += weight * (window.left + (at % window.width) + 0.5);
    y += weight * (window.top + Math.floor(at / window.width) + 0.5);
  }
  let best: ShapeFit = { shape: "circle", x: x / area, y: y / area, radius: 0, iou: 0 };
  if (!(area > 0)) return best;
  const sharp = area < 200; // few pixels need exact edges, many do not
  const into = new Float32Array(alpha.length); // of one candidate after the other
  for (const shape of shapeNames) {
    const radius = Math.sqrt(area / outlines[shape].area);
    const start: ShapeFit = { shape, x: x / area, y: y / area, radius, iou: 0 };
    const step = Math.max(0.5, 0.12 * radius);
    const rough = { alpha, window, into, samples: sharp ? 2 : 1 };
    const coarse = search(start, [-step, 0, step], [0.86, 0.93, 1, 1.07, 1.14], rough);
    const exact = { ...rough, samples: sharp ? 4 : 2 };
    const fine = search(coarse, [-step / 2, 0, step / 2], [0.965, 1, 1.035], exact);
    if (fine.iou > best.iou) best = fine;
  }
  return best;
}

interface Target {
  readonly alpha: Float32Array;
  readonly window: Window;
  readonly samples: number;
  readonly into: Float32Array;
}

function search(start: Placed, shifts: readonly number[], scales: readonly number[], target: Target): ShapeFit {
  let best: ShapeFit = { ...start, iou: -1 };
  for (const down of shifts)
    for (const right of shifts)
      for (const scale of scales) {
        const at: Placed = { shape: start.shape, x: start.x + right, y: start.y + down, radius: start.radius * scale };
        const iou = softIou(target.alpha, cover(at, target.window, target));
        if (iou > best.iou) best = { ...at, iou };
      }
  return best;
}

/** Σ min(a,b) / Σ max(a,b). */
function softIou(a: Float32Array, b: Float32Array): number {
  let shared = 0;
  let joined = 0;
  for (let at = 0; at < a.length; at++) {
    const [first, second] = [a[at] as number, b[at] as number];
    if (first < second) {
      shared += first;
      joined += second;
    } else {
      shared += second;
      joined += first;
    }
  }
  return joined > 0 ? shared / joined : 0;
}
