import { GMemError, key } from "@gmem/tensor";
import { isHeldOutPair, isHeldOutPlace } from "./combinations.ts";
import { drawScene } from "./draw-scene.ts";
import { type ColourName, colourNames } from "./palette.ts";
import { placeOf, relationsOf, sayObject, sizeOf } from "./say-object.ts";
import type { Scene, SceneLayout, SceneObject } from "./scene.ts";

/** A prompt that no training scene carries, and a scene that does. */
export interface HeldOutPrompt {
  readonly prompt: string;
  readonly scene: Scene;
}

type Form = "single" | "pair" | "position" | "counting" | "main";

const forms: Readonly<Record<SceneLayout, readonly Form[]>> = {
  free: ["single", "pair", "position", "counting"],
  centred: ["main"],
};

/**
 * Prompts about combinations that `scenes({ combinations: "seen" })` leaves out, each with a scene that carries it. Of free
 * scenes a coloured shape at a place, two coloured shapes, the same with a relation, and two of a kind, in turn; of centred
 * ones a coloured shape in the middle, in several wordings. `judgePrompt` on
 * `renderScene(scene)` is the ceiling of any model, on the scene of another prompt its chance.
 * @throws {GMemError} code `CONFIG` for a count or size that cannot be.
 * @example
 * const [{ prompt, scene }] = heldOutPrompts({ count: 8 }); // "a red circle at the top left"
 * const { carried } = judgePrompt(prompt, renderScene(scene));
 */
export function heldOutPrompts(options: {
  readonly count: number;
  /** Width and height of the scenes in pixels, at least 8; default 16. */
  readonly size?: number;
  /** Default `free`. */
  readonly layout?: SceneLayout;
  readonly seed?: number;
}): [HeldOutPrompt, ...HeldOutPrompt[]] {
  const { count, size = 16, layout = "free", seed = 0 } = options;
  for (const [name, value, least] of [["count", count, 1] as const, ["size", size, 8] as const])
    if (!Number.isSafeInteger(value) || value < least)
      throw new GMemError("CONFIG", `heldOutPrompts: ${name} must be a whole number of ${least} or more, got ${value}`);
  const rng = key(seed).split("held-out prompts");
  const prompts: HeldOutPrompt[] = [];
  const inTurn = forms[layout];
  for (let tries = 0; prompts.length < count; tries++) {
    const form = inTurn[prompts.length % inTurn.length] as Form;
    const own = rng.split(tries);
    const drawn = drawScene(own, size, layout);
    const found = asked(drawn, form, own.split("prompt").uniform([3]).data);
    if (found) prompts.push(found);
  }
  return prompts as [HeldOutPrompt, ...HeldOutPrompt[]];
}

/** The scene in the colours that make its combination a held-out one; undefined if it has no such combination. */
function asked(scene: Scene, form: Form, draws: ArrayLike<number>): HeldOutPrompt | undefined {
  const [first, second, third] = scene.objects;
  const pick = <T>(choices: readonly T[], at: number): T =>
    choices[Math.floor((draws[at] as number) * choices.length)] as T;
  const painted = (object: SceneObject, test: (object: SceneObject) => boolean): SceneObject[] =>
    colourNames.map((colour) => ({ ...object, colour })).filter(test);
  if (form === "main") {
    const place = placeOf(first, scene.size);
    const [object] = painted(first, (one) => isHeldOutPlace(one, place)) as [SceneObject];
    const size = sizeOf(object, scene.size);
    const said = pick([{}, { place }, { size }, { size, place }], 0);
    return { prompt: sayObject({ ...nameOf(object), ...said }), scene: { ...scene, objects: [object] } };
  }
  if (form === "single") {
    if (second) return;
    const place = placeOf(first, scene.size);
    const [object] = painted(first, (one) => isHeldOutPlace(one, place)) as [SceneObject];
    return { prompt: sayObject({ ...nameOf(object), place }), scene: { ...scene, objects: [object] } };
  }
  if (!second || third) return;
  if (form === "counting") {
    if (first.shape !== second.shape) return;
    const alike = painted(first, (one) => isHeldOutPair(one, one));
    if (alike.length === 0) return;
    const object = pick(alike, 0);
    const objects = [object, { ...second, colour: object.colour }] as const;
    return { prompt: sayObject(nameOf(object), 2), scene: { ...scene, objects } };
  }
  const [other] = painted(second, (one) => isHeldOutPair(one, first)) as [SceneObject];
  if (other.colour === first.colour && other.shape === first.shape) return;
  const [a, b] = pick([0, 1], 1) === 0 ? [first, other] : [other, first];
  const joint = form === "pair" ? "and" : pick(relationsOf(a, b), 2);
  return {
    prompt: `${sayObject(nameOf(a))} ${joint} ${sayObject(nameOf(b))}`,
    scene: { ...scene, objects: [first, other] },
  };
}

const nameOf = ({ colour, shape }: SceneObject): { colour: ColourName; shape: SceneObject["shape"] } => ({
  colour,
  shape,
});
