import type { NDArray } from "@gmem/tensor";
import { checkScene, type DetectedObject } from "./check-scene.ts";
import { type PromptPhrase, parsePrompt, type ScenePrompt } from "./parse-prompt.ts";
import { placeOf, relationsOf, sayObject, sizeOf } from "./say-object.ts";

/** The tasks of GenEval. */
export type PromptTask = "single object" | "two objects" | "counting" | "colours" | "position" | "colour attribution";

/** One thing that a prompt asks for, in its words, and whether the picture has it. */
export interface Requirement {
  readonly kind: "shape" | "colour" | "object" | "count" | "size" | "place" | "relation";
  readonly says: string;
  readonly met: boolean;
}

export interface Judgement {
  readonly requirements: readonly Requirement[];
  /** True if objects of their own meet everything that is asked of each of them at once. */
  readonly carried: boolean;
  /** The tasks that this prompt is one of, and whether the picture solves them. */
  readonly tasks: Readonly<Partial<Record<PromptTask, boolean>>>;
}

type Seen = readonly DetectedObject[];

/**
 * Says what a picture carries of a prompt, by the objects that `checkScene` sees. An object that is asked for must be there;
 * after a number there must be no more of them. A relation holds within 60° of its direction. Tasks are those of GenEval
 * (Ghosh et al. 2023): `single object` and `two objects` ask for shapes, `colours` and `colour attribution` for colours on
 * those shapes, `counting` for numbers, `position` for places and relations of objects with their colours and shapes. The
 * ground is not judged.
 * @param image [3,H,W], values in [0, 1]
 * @throws {GMemError} code `INVALID_REQUEST` for a prompt that {@link parsePrompt} does not read; {ShapeError} if the image is
 * not [3,H,W].
 * @example
 * const { image } = await scenes({ count: 1, layout: "free" }).at(0);
 * const { carried, tasks, requirements } = judgePrompt("a red circle left of a blue square", image);
 */
export function judgePrompt(prompt: string | ScenePrompt, image: NDArray<"f32">): Judgement {
  const asked = typeof prompt === "string" ? parsePrompt(prompt) : prompt;
  const { objects } = checkScene(image);
  const size = image.shape[2] as number;
  const holds = (wanted: Partial<ScenePrompt>): boolean =>
    isCarried({ ...asked, relations: [], ...wanted }, objects, size);
  const alone = (phrase: PromptPhrase): boolean => holds({ phrases: [phrase] });
  const requirements = [
    ...asked.phrases.flatMap((phrase) => requirementsOf(phrase, alone)),
    ...asked.relations.map(({ subject, relation, object }): Requirement => {
      const [a, b] = [asked.phrases[subject], asked.phrases[object]] as [PromptPhrase, PromptPhrase];
      return {
        kind: "relation",
        says: `${say(a)} ${relation} ${say(b)}`,
        met: holds({ phrases: [a, b], relations: [{ subject: 0, relation, object: 1 }] }),
      };
    }),
  ];
  return { requirements, carried: holds({ relations: asked.relations }), tasks: tasksOf(asked, holds) };
}

const say = (phrase: PromptPhrase): string => sayObject(phrase, phrase.count);

/** Each attribute by itself, then colour and shape on one object. */
function requirementsOf(phrase: PromptPhrase, alone: (phrase: PromptPhrase) => boolean): Requirement[] {
  const { count, exactly, size, colour, shape, place } = phrase;
  const name = { ...(colour && { colour }), ...(shape && { shape }) };
  const one = { count: 1, exactly: false };
  const of = (kind: Requirement["kind"], wanted: PromptPhrase): Requirement => ({
    kind,
    says: say(wanted),
    met: alone(wanted),
  });
  return [
    ...(shape ? [of("shape", { ...one, shape })] : []),
    ...(colour ? [of("colour", { ...one, colour })] : []),
    ...(shape && colour ? [of("object", { ...one, ...name })] : []),
    ...(exactly ? [of("count", { count, exactly, ...name })] : []),
    ...(size ? [of("size", { ...one, ...name, size })] : []),
    ...(place ? [of("place", { ...one, ...name, place })] : []),
  ];
}

function tasksOf(
  { phrases, relations }: ScenePrompt,
  holds: (wanted: Partial<ScenePrompt>) => boolean,
): Judgement["tasks"] {
  const only = (...keys: readonly (keyof PromptPhrase)[]): readonly PromptPhrase[] =>
    phrases.map((phrase) => ({
      count: phrase.count,
      exactly: false,
      ...Object.fromEntries(keys.filter((key) => key in phrase).map((key) => [key, phrase[key]])),
    }));
  const isSingle = phrases.length === 1 && phrases[0]?.count === 1;
  const named = holds({ phrases: only("shape") });
  const painted = holds({ phrases: only("shape", "colour") });
  const hasPlaces = relations.length > 0 || phrases.some(({ place }) => place);
  return {
    ...(isSingle ? { "single object": named } : {}),
    ...(phrases.length > 1 ? { "two objects": named } : {}),
    ...(phrases.some(({ colour }) => colour) ? { [isSingle ? "colours" : "colour attribution"]: painted } : {}),
    ...(phrases.some(({ exactly }) => exactly)
      ? { counting: holds({ phrases: only("shape", "colour", "exactly") }) }
      : {}),
    ...(hasPlaces ? { position: holds({ phrases: only("shape", "colour", "place"), relations }) } : {}),
  };
}

/** Finds for every phrase objects of its own, so that all relations hold between all of them. */
function isCarried({ phrases, relations }: ScenePrompt, seen: Seen, size: number): boolean {
  const fitting = phrases.map((phrase) => seen.filter((object) => fits(phrase, object, size)));
  if (phrases.some(({ exactly, count }, i) => exactly && fitting[i]?.length !== count)) return false;
  const slots = phrases.flatMap(({ count }, phrase) => Array.from({ length: count }, () => phrase));
  const taken: DetectedObject[] = [];
  const place = (slot: number): boolean => {
    if (slot === slots.length) return true;
    const phrase = slots[slot] as number;
    for (const object of fitting[phrase] as Seen) {
      if (taken.includes(object)) continue;
      const agrees = relations.every(({ subject, relation, object: other }) =>
        taken.every((before, at) => {
          if (phrase === subject && slots[at] === other) return relationsOf(object, before).includes(relation);
          if (phrase === other && slots[at] === subject) return relationsOf(before, object).includes(relation);
          return true;
        }),
      );
      if (!agrees) continue;
      taken.push(object);
      if (place(slot + 1)) return true;
      taken.pop();
    }
    return false;
  };
  return place(0);
}

const fits = ({ colour, shape, size: wanted, place }: PromptPhrase, object: DetectedObject, size: number): boolean =>
  (!colour || object.colour === colour) &&
  (!shape || object.shape === shape) &&
  (!wanted || sizeOf(object, size) === wanted) &&
  (!place || placeOf(object, size) === place);
