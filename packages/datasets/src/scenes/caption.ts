import type { Rng } from "@gmem/tensor";
import { type Attributes, listed, placeOf, relationsOf, sayObject, sizeOf } from "./say-object.ts";
import type { Scene, SceneObject } from "./scene.ts";

/**
 * Says in words what a scene shows, e.g. "a large red circle in the middle and a small blue square at the top left on a
 * striped ground".
 */
export function caption(scene: Scene): string {
  const { size, layout, ground } = scene;
  const objects = sayable(scene);
  const [main, corner] = objects;
  if (layout === "centred" && main) {
    const aside = corner
      ? ` with ${sayObject({ ...nameOf(corner), size: "small" })} in the ${placeOf(corner, size)} corner`
      : "";
    return `${sayObject(nameOf(main))}${aside} ${onGround(ground)}`;
  }
  const said = objects.map((object) =>
    sayObject({ ...nameOf(object), size: sizeOf(object, size), place: placeOf(object, size) }),
  );
  return `${listed(said)} ${onGround(ground)}`;
}

/**
 * Several true captions of a scene, {@link caption} first: its objects by colour and shape, by shape alone, with sizes or
 * places, how two of them lie to each other, how many are alike, and some on their ground. The key draws what is left open,
 * so that the same scene and key give the same sentences. {@link parsePrompt} reads each of them.
 * @example
 * const { scene, captions } = await scenes({ count: 1, layout: "free" }).at(0);
 * // ["a large red circle at the right and a small …", "a red circle and a blue square", …]
 */
export function captionsOf(scene: Scene, rng: Rng): readonly string[] {
  const { size } = scene;
  const objects = sayable(scene);
  const draws = rng.uniform([4]).data;
  const pick = <T>(choices: readonly T[], at: number): T =>
    choices[Math.floor((draws[at] as number) * choices.length)] as T;
  const listOf = (words: (object: Sayable) => string): string => listed(objects.map(words));
  const names = listOf((object) => sayObject(nameOf(object)));
  const sized = listOf((object) => sayObject({ ...nameOf(object), size: sizeOf(object, size) }));
  const placed = listOf((object) => sayObject({ ...nameOf(object), place: placeOf(object, size) }));
  const others = [
    names,
    placed,
    sized,
    listOf(({ shape }) => sayObject({ ...(shape && { shape }) })),
    `${pick([names, placed, sized], 0)} ${onGround(scene.ground)}`,
    ...(objects.length > 1 ? [related(objects, pick), counted(objects)] : []),
  ];
  return [...new Set([caption(scene), ...others])];
}

type Sayable = Omit<SceneObject, "shape"> & Partial<Pick<SceneObject, "shape">>;

/** The objects, the second one of a centred scene without its shape: it is too small for one to be seen. */
const sayable = ({ layout, objects }: Scene): readonly Sayable[] =>
  objects.map(({ shape, ...object }, i) => (layout === "centred" && i > 0 ? object : { ...object, shape }));

const nameOf = ({ colour, shape }: Sayable): Attributes => ({ colour, ...(shape && { shape }) });

const onGround = ({ kind }: Scene["ground"]): string =>
  `on a ${{ plain: "plain", gradient: "shaded", stripes: "striped" }[kind]} ground`;

/** Two of the objects and how they lie, either of them first. */
function related(objects: readonly Sayable[], pick: <T>(choices: readonly T[], at: number) => T): string {
  const pairs = objects.flatMap((a) => objects.filter((b) => b !== a).map((b) => [a, b] as const));
  const [a, b] = pick(pairs, 1);
  return `${sayObject(nameOf(a))} ${pick(relationsOf(a, b), 2)} ${sayObject(nameOf(b))}`;
}

/** "two red circles and a blue square", "two circles and a cross", "three objects": by what most of them share. */
function counted(objects: readonly Sayable[]): string {
  const byShape = ({ shape }: Sayable): Attributes => ({ ...(shape && { shape }) });
  for (const words of [nameOf, byShape, ({ colour }: Sayable): Attributes => ({ colour })]) {
    const alike = new Map<string, { readonly said: Attributes; count: number }>();
    for (const object of objects) {
      const said = words(object);
      const found = alike.get(sayObject(said)) ?? { said, count: 0 };
      alike.set(sayObject(said), { said, count: found.count + 1 });
    }
    if (alike.size < objects.length)
      return listed([...alike.values()].map(({ said, count }) => sayObject(said, count)));
  }
  return sayObject({}, objects.length);
}
