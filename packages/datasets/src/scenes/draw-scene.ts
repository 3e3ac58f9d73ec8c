import type { Rng } from "@gmem/tensor";
import { cover } from "./cover.ts";
import { colourNames } from "./palette.ts";
import type { Ground, Scene, SceneLayout, SceneObject } from "./scene.ts";
import { outlines, shapeNames } from "./shapes.ts";

const ATTEMPTS = 20;

/** Draws the attributes of one scene. The same key gives the same scene. */
export function drawScene(rng: Rng, size: number, layout: SceneLayout): Scene {
  const main =
    layout === "centred" ? centredObject(rng.split("main"), size) : freeObject(rng.split("main"), size, true);
  const others: SceneObject[] = [];
  const extra = draws(rng.split("count"));
  const wanted = layout === "centred" ? extra.below(2) : extra.below(3);
  for (let n = 0; n < wanted; n++) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const at = rng.split("others").split(n * ATTEMPTS + attempt);
      const object = layout === "centred" ? cornerObject(at, size, main) : freeObject(at, size, false);
      if ([main, ...others].some((other) => touch(object, other, size))) continue;
      others.push(object);
      break;
    }
  }
  others.sort((a, b) => area(b) - area(a));
  return { size, layout, ground: drawGround(rng.split("ground"), size), objects: [main, ...others] };
}

const area = (object: SceneObject): number => outlines[object.shape].area * object.radius ** 2;

/** Centre within 1/16 of the middle, radius 4.5–5.5 sixteenths of the size. */
function centredObject(rng: Rng, size: number): SceneObject {
  const { pick, between } = draws(rng);
  const unit = size / 16;
  return {
    shape: pick(shapeNames),
    colour: pick(colourNames),
    x: size / 2 + between(-unit, unit),
    y: size / 2 + between(-unit, unit),
    radius: between(4.5 * unit, 5.5 * unit),
  };
}

/** A small object of another colour in one of the corners. */
function cornerObject(rng: Rng, size: number, main: SceneObject): SceneObject {
  const { pick, between, below } = draws(rng);
  const unit = size / 16;
  const inset = 2 * unit;
  return {
    shape: pick(shapeNames),
    colour: pick(colourNames.filter((name) => name !== main.colour)),
    x: below(2) === 0 ? inset : size - inset,
    y: below(2) === 0 ? inset : size - inset,
    radius: between(1.1 * unit, 1.6 * unit),
  };
}

/** Anywhere inside the picture; the main object has the larger radii, so that it is the largest. */
function freeObject(rng: Rng, size: number, isMain: boolean): SceneObject {
  const { pick, between } = draws(rng);
  const shape = pick(shapeNames);
  const radius = isMain ? between(0.22 * size, 0.33 * size) : between(0.09 * size, 0.16 * size);
  const far = Math.min(outlines[shape].reach * radius, size / 2);
  return { shape, colour: pick(colourNames), x: between(far, size - far), y: between(far, size - far), radius };
}

/** True if two objects share or neighbour a pixel. */
function touch(a: SceneObject, b: SceneObject, size: number): boolean {
  const gap =
    Math.hypot(a.x - b.x, a.y - b.y) - outlines[a.shape].reach * a.radius - outlines[b.shape].reach * b.radius;
  if (gap > 3) return false;
  const window = { left: 0, top: 0, width: size, height: size };
  const first = cover(a, window);
  const second = cover(b, window);
  for (let at = 0; at < first.length; at++) {
    if (!first[at]) continue;
    const column = at % size;
    for (let row = -1; row <= 1; row++)
      for (let step = -1; step <= 1; step++)
        if (column + step >= 0 && column + step < size && second[at + row * size + step]) return true;
  }
  return false;
}

function drawGround(rng: Rng, size: number): Ground {
  const { pick, between } = draws(rng);
  const kind = pick(["plain", "gradient", "stripes"] as const);
  const grey = (level: number): readonly [number, number, number] => [
    level + between(-0.015, 0.015),
    level + between(-0.015, 0.015),
    level + between(-0.015, 0.015),
  ];
  const level = between(0.25, 0.75);
  const from = grey(level);
  const to = kind === "plain" ? from : grey(level + (level > 0.5 ? -1 : 1) * between(0.1, 0.3));
  return { kind, from, to, angle: between(0, Math.PI), period: between(0.2, 0.4) * size };
}

interface Draws {
  between(low: number, high: number): number;
  below(count: number): number;
  pick<T>(choices: readonly T[]): T;
}

/** Reads the uniform numbers of one key in turn. */
function draws(rng: Rng): Draws {
  const numbers = rng.uniform([16]).data;
  let at = 0;
  const next = (): number => numbers[at++] as number;
  const below = (count: number): number => Math.floor(next() * count);
  return {
    between: (low, high) => low + (high - low) * next(),
    below,
    pick: <T>(choices: readonly T[]) => choices[below(choices.length)] as T,
  };
}
