import type { ColourName } from "./palette.ts";
import type { SceneObject } from "./scene.ts";
import type { ShapeName } from "./shapes.ts";

/** One of nine places by thirds of the picture. */
export type PlaceName = "middle" | "top" | "bottom" | "left" | "right" | `${"top" | "bottom"} ${"left" | "right"}`;

/** How one object lies to another. */
export type RelationName = "left of" | "right of" | "above" | "below";

export type SizeName = "large" | "small";

/** What may be said of an object; what is left out may be anything. */
export interface Attributes {
  readonly size?: SizeName;
  readonly colour?: ColourName;
  readonly shape?: ShapeName;
  readonly place?: PlaceName;
}

/** Places row by row. */
export const placeNames: readonly PlaceName[] = [
  ...(["top left", "top", "top right"] as const),
  ...(["left", "middle", "right"] as const),
  ...(["bottom left", "bottom", "bottom right"] as const),
];

export const relationNames: readonly RelationName[] = ["left of", "right of", "above", "below"];

export const numberWords: readonly string[] = ["no", "one", "two", "three", "four"];

type Position = Pick<SceneObject, "x" | "y">;

/** The third of the picture that an object's centre lies in. */
export function placeOf({ x, y }: Position, size: number): PlaceName {
  const third = (value: number): number => Math.max(0, Math.min(2, Math.floor((3 * value) / size)));
  return placeNames[3 * third(y) + third(x)] as PlaceName;
}

/** Main objects of free scenes are large, the others small. */
export const sizeOf = ({ radius }: Pick<SceneObject, "radius">, size: number): SizeName =>
  radius > 0.19 * size ? "large" : "small";

/** The one or two relations whose direction is less than 60° from the way from b to a. */
export function relationsOf(a: Position, b: Position): RelationName[] {
  const [right, down] = [a.x - b.x, a.y - b.y];
  const far = Math.hypot(right, down);
  const along: Readonly<Record<RelationName, number>> = {
    "left of": -right,
    "right of": right,
    above: -down,
    below: down,
  };
  return relationNames.filter((name) => along[name] > 0.5 * far);
}

/** "a large red circle at the top left", "two red circles", "an object": what is known, in this order. */
export function sayObject({ size, colour, shape, place }: Attributes, count = 1): string {
  const noun = `${[size, colour, shape ?? "object"].filter(Boolean).join(" ")}${count === 1 ? "" : plural(shape)}`;
  const number = count === 1 ? (/^[aeiou]/.test(noun) ? "an" : "a") : (numberWords[count] ?? String(count));
  return `${number} ${noun}${place ? ` ${sayPlace(place)}` : ""}`;
}

export const plural = (shape: string | undefined): string => (shape === "cross" ? "es" : "s");

const sayPlace = (place: PlaceName): string => (place === "middle" ? "in the middle" : `at the ${place}`);

/** "a, b and c" */
export const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
