import { GMemError } from "@gmem/tensor";
import { jsonObject } from "./json-lines.ts";

/** A thing that a detector saw in a picture. */
export interface Detection {
  readonly class: string;
  /** 0 … 1. */
  readonly score: number;
  /** Left, top, right and bottom in pixels; y grows downwards. */
  readonly box: readonly [left: number, top: number, right: number, bottom: number];
  /** Such as "red"; needed for prompts that ask for colours, unless `colourOf` names it. */
  readonly colour?: string;
}

export interface JudgeOptions {
  /** Names the colour of a detection that has none. Asked for the objects alone that a prompt wants in a colour. */
  readonly colourOf?: (detection: Detection) => string;
}

export interface DetectionVerdict {
  readonly correct: boolean;
  /** What is missing or too much; empty where nothing is. */
  readonly reasons: readonly string[];
}

interface Wanted {
  readonly class: string;
  readonly count: number;
  readonly color?: string;
  /** Where it lies to the objects of another entry. */
  readonly position?: readonly [relation: string, entry: number];
}

/** Below these nothing was seen; what is counted must be surer. */
const [seenFrom, countedFrom] = [0.3, 0.9] as const;
/** Of the sides of both: centres that are nearer than this share lie on each other. */
const apart = 0.1;

/**
 * Says whether detections are what a line of GenEval's metadata asks for, by the rules of its § 3 (Ghosh et al. 2023): of
 * each class in `include` at least `count` objects seen with a score above 0.3 (of `counting` prompts 0.9), of those in
 * `exclude` fewer than `count`; colours, and places to each other, of the surest ones.
 * @throws {GMemError} code `DATA` for metadata that are none.
 * @example
 * const line = '{"tag": "colors", "include": [{"class": "dog", "count": 1, "color": "red"}], "prompt": "a red dog"}';
 * const seen = [{ class: "dog", score: 0.8, box: [0, 0, 9, 9], colour: "blue" }] as const;
 * judgeDetections(line, seen); // { correct: false, reasons: ["dog must be red, got blue"] }
 * judgeDetections(line, [{ class: "dog", score: 0.8, box: [0, 0, 9, 9] }], { colourOf: () => "red" }); // correct
 */
export function judgeDetections(
  metadata: string,
  detections: readonly Detection[],
  options: JudgeOptions = {},
): DetectionVerdict {
  const { tag, include, exclude } = read(metadata);
  const from = tag === "counting" ? countedFrom : seenFrom;
  const sure = detections.filter(({ score }) => score > from).sort((a, b) => b.score - a.score);
  const of = (name: string): readonly Detection[] => sure.filter((one) => one.class === name);
  const chosen = include.map((wanted) => of(wanted.class).slice(0, wanted.count));
  const colour = (one: Detection): string | undefined => one.colour ?? options.colourOf?.(one);
  const reasons = include.flatMap((wanted, i) =>
    missing(wanted, chosen[i] as readonly Detection[], { chosen, colour }),
  );
  const tooMany = exclude.flatMap(({ class: name, count }) => {
    const found = of(name).length;
    return found < count ? [] : [`${name} must be there fewer than ${count} times, got ${found}`];
  });
  return { correct: reasons.length + tooMany.length === 0, reasons: [...reasons, ...tooMany] };
}

/**
 * Classes that a line of GenEval's metadata asks for or excludes: a detector has to know them.
 * @throws {GMemError} code `DATA` for metadata that are none.
 * @example
 * askedClasses('{"tag": "counting", "include": [{"class": "dog", "count": 2}], "prompt": "two dogs"}'); // ["dog"]
 */
export function askedClasses(metadata: string): readonly string[] {
  const { include, exclude } = read(metadata);
  return [...new Set([...include, ...exclude].map((one) => one.class))];
}

interface Others {
  /** For each entry. */
  readonly chosen: readonly (readonly Detection[])[];
  readonly colour: (one: Detection) => string | undefined;
}

/** What the objects that were chosen for an entry lack. */
function missing(
  { class: name, count, color, position }: Wanted,
  own: readonly Detection[],
  { chosen, colour }: Others,
): string[] {
  if (own.length < count) return [`${name} must be there ${count} times, got ${own.length}`];
  if (color !== undefined) {
    const colours = own.map(colour);
    const other = colours.findIndex((one) => one !== color);
    if (other >= 0) return [`${name} must be ${color}, got ${colours[other] ?? "no colour"}`];
  }
  if (position === undefined) return [];
  const [relation, entry] = position;
  const targets = chosen[entry] ?? [];
  if (targets.length === 0) return [`${name} must be ${relation} something that is not there`];
  const holds = own.every((one) => targets.every((target) => relationsOf(one, target).includes(relation)));
  return holds ? [] : [`${name} must be ${relation} ${targets[0]?.class}`];
}

/** How one lies to another: by the way between their centres, less a tenth of their sides, each direction within 60°. */
function relationsOf({ box: a }: Detection, { box: b }: Detection): readonly string[] {
  const between = (low: 0 | 1, high: 2 | 3): number => {
    const way = (a[low] + a[high] - b[low] - b[high]) / 2;
    return Math.sign(way) * Math.max(0, Math.abs(way) - apart * (a[high] - a[low] + b[high] - b[low]));
  };
  const [x, y] = [between(0, 2), between(1, 3)];
  const length = Math.hypot(x, y);
  if (length === 0) return [];
  return [
    ...(x / length < -0.5 ? ["left of"] : []),
    ...(x / length > 0.5 ? ["right of"] : []),
    ...(y / length < -0.5 ? ["above"] : []),
    ...(y / length > 0.5 ? ["below"] : []),
  ];
}

interface Metadata {
  readonly tag: string;
  readonly include: readonly Wanted[];
  readonly exclude: readonly Wanted[];
}

function read(text: string): Metadata {
  const { tag, include, exclude = [] } = jsonObject("judgeDetections", text) as Partial<Metadata>;
  const isEntry = (one: Wanted): boolean => typeof one?.class === "string" && Number.isInteger(one.count);
  if (
    typeof tag !== "string" ||
    !(Array.isArray(include) && include.length > 0 && [...include, ...exclude].every(isEntry))
  )
    throw new GMemError(
      "DATA",
      `judgeDetections: metadata must have a tag and include, a list of class and count, got ${text.slice(0, 120)}`,
    );
  return { tag, include, exclude };
}
