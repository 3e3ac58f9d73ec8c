import { type NDArray, ShapeError } from "@gmem/tensor";
import { type Component, chroma, components } from "./components.ts";
import type { Window } from "./cover.ts";
import { fitShape, type ShapeFit } from "./fit-shape.ts";
import type { ColourName } from "./palette.ts";
import type { ShapeName } from "./shapes.ts";

/** One object read from pixels; position and radius in pixels. */
export interface DetectedObject extends ShapeFit {
  readonly colour: ColourName;
}

/** What an image shows. */
export interface SceneCheck {
  /** True if some shape fits the main object's outline. */
  readonly recognised: boolean;
  /** Shape of the main object; undefined if none fits. */
  readonly shape: ShapeName | undefined;
  /** Colour of the main object, also when no shape fits; undefined if nothing in the image is coloured. */
  readonly colour: ColourName | undefined;
  /** Soft intersection over union of the main object with its best shape, 0 … 1. */
  readonly iou: number;
  /** Every object that some shape fits, largest region first. */
  readonly objects: readonly DetectedObject[];
}

/** A fit below this recognises nothing: a blob always has a best shape. */
const LEAST_IOU = 0.6;
/** Regions of fewer pixels are noise. */
const LEAST_PIXELS = 4;

/**
 * Reads the attributes of a scene back from its pixels: colour by hue, objects as connected regions of one colour, shape
 * by the best fitting outline. Scores generated images, so an outline that fits no shape counts as not recognised.
 * @param image [3,H,W], values in [0, 1]
 * @throws {ShapeError} if the image is not [3,H,W].
 * @example
 * const { image, scene } = await scenes({ count: 1 }).at(0);
 * const seen = checkScene(image); // seen.shape === scene.objects[0].shape
 */
export function checkScene(image: NDArray<"f32">): SceneCheck {
  if (image.shape.length !== 3 || image.shape[0] !== 3)
    throw new ShapeError("checkScene", "needs an image [3,H,W]", [image.shape]);
  const strength = chroma(image);
  const regions = components(image, strength).filter((region) => region.pixels.length >= LEAST_PIXELS);
  const seen = regions.map(
    (region): DetectedObject => ({ ...fitRegion(region, strength, image), colour: region.colour }),
  );
  const main = seen[0];
  const recognised = main !== undefined && main.iou >= LEAST_IOU;
  return {
    recognised,
    shape: recognised ? main.shape : undefined,
    colour: main?.colour,
    iou: main?.iou ?? 0,
    objects: seen.filter((object) => object.iou >= LEAST_IOU),
  };
}

/** Fits a region's soft mask: chroma over the chroma of its full paint. */
function fitRegion(region: Component, strength: Float32Array, image: NDArray): ShapeFit {
  const [, height, width] = image.shape as [number, number, number];
  const columns = region.pixels.map((at) => at % width);
  const rows = region.pixels.map((at) => Math.floor(at / width));
  const left = Math.max(0, Math.min(...columns) - 2);
  const top = Math.max(0, Math.min(...rows) - 2);
  const window: Window = {
    left,
    top,
    width: Math.min(width, Math.max(...columns) + 3) - left,
    height: Math.min(height, Math.max(...rows) + 3) - top,
  };
  const sorted = region.pixels.map((at) => strength[at] as number).sort((a, b) => a - b);
  const full = sorted[Math.floor(0.6 * sorted.length)] as number;
  const alpha = new Float32Array(window.width * window.height);
  for (const at of region.pixels) {
    const [row, column] = [Math.floor(at / width), at % width];
    alpha[(row - top) * window.width + column - left] = Math.min(1, (strength[at] as number) / full);
  }
  return fitShape(alpha, window);
}
