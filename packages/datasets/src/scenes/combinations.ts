import type { Rng } from "@gmem/tensor";
import { type ColourName, colourNames } from "./palette.ts";
import { type PlaceName, placeNames, placeOf } from "./say-object.ts";
import type { Scene, SceneObject } from "./scene.ts";
import { type ShapeName, shapeNames } from "./shapes.ts";

interface Named {
  readonly colour: ColourName;
  readonly shape: ShapeName;
}

const colours = colourNames.length;
const numberOf = ({ colour, shape }: Named): number => colourNames.indexOf(colour) + shapeNames.indexOf(shape);

/**
 * True for the sixth of all combinations of shape, colour and place that is held out: one colour for each shape at each
 * place, so that training sees every shape in every colour and at every place, and every colour at every place.
 */
export const isHeldOutPlace = (object: Named, place: PlaceName): boolean =>
  (numberOf(object) + placeNames.indexOf(place)) % colours === 0;

/** True for the sixth of all pairs of coloured shapes that is held out: one colour of the second for each first and shape. */
export const isHeldOutPair = (a: Named, b: Named): boolean => (numberOf(a) + numberOf(b)) % colours === 0;

/** True if a scene shows a combination that is held out. */
export const showsHeldOut = ({ objects, size }: Scene): boolean =>
  objects.some(
    (object, i) =>
      isHeldOutPlace(object, placeOf(object, size)) ||
      objects.slice(0, i).some((other) => isHeldOutPair(object, other)),
  );

/** The scene, in other colours until none of its combinations is held out; the second object of a centred one keeps its own. */
export function withoutHeldOut(scene: Scene, rng: Rng): Scene {
  let found = scene;
  for (let attempt = 0; showsHeldOut(found); attempt++) {
    const draws = rng.split(attempt).uniform([scene.objects.length]).data;
    const colourAt = (i: number): ColourName => colourNames[Math.floor((draws[i] as number) * colours)] as ColourName;
    const [main, ...others] = scene.objects.map((object, i) => ({ ...object, colour: colourAt(i) }));
    const objects = [main as SceneObject, ...others] as const;
    if (scene.layout === "free" || others.every(({ colour }) => colour !== objects[0].colour))
      found = { ...scene, objects };
  }
  return found;
}
