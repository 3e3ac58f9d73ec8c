import { GMemError } from "@gmem/tensor";
import { type ColourName, colourNames } from "./palette.ts";
import {
  type Attributes,
  numberWords,
  type PlaceName,
  placeNames,
  plural,
  type RelationName,
  relationNames,
  type SizeName,
} from "./say-object.ts";
import { type ShapeName, shapeNames } from "./shapes.ts";

/** Objects that a prompt asks for. */
export interface PromptPhrase extends Attributes {
  readonly count: number;
  /** True after a number: not one more of them. "a circle" is at least one. */
  readonly exactly: boolean;
}

/** What a sentence about a scene asks for. */
export interface ScenePrompt {
  readonly phrases: readonly PromptPhrase[];
  /** Phrase `subject` lies `relation` phrase `object`. */
  readonly relations: readonly {
    readonly subject: number;
    readonly relation: RelationName;
    readonly object: number;
  }[];
  readonly ground?: "plain" | "shaded" | "striped";
}

const either = (words: readonly string[]): string => `(?:${words.join("|")})`;
const ground = /^(.*?)\s+on an? (plain|shaded|striped) (?:back)?ground$/;
const joint = new RegExp(
  `\\s+(?:is\\s+)?(?:to the\\s+)?(${relationNames.join("|")})\\s+|\\s*,\\s*(?:and\\s+)?|\\s+(?:and|with)\\s+`,
);
const phrase = new RegExp(
  `^(?<number>an?|the|${either(numberWords.slice(1))}|[1-4])\\s+(?:(?<size>large|big|small|little)\\s+)?` +
    `(?:(?<colour>${colourNames.join("|")})\\s+)?(?<noun>object|${shapeNames.join("|")})(?<many>e?s)?` +
    `(?:\\s+(?:in|at|on) the (?<place>${placeNames.toSorted((a, b) => b.length - a.length).join("|")})(?: corner)?)?$`,
);

/**
 * Reads a sentence of the language of scene captions: objects by number, size, colour, shape and place, joined by "and",
 * "with" or commas, with "left of", "right of", "above" or "below" between two of them, on a ground. Upper case, a full stop
 * and more space change nothing.
 * @throws {GMemError} code `INVALID_REQUEST` for a sentence outside of this language, naming the words.
 * @example
 * const { phrases, relations } = parsePrompt("a red circle left of two blue squares");
 * // phrases[1]: { count: 2, exactly: true, colour: "blue", shape: "square" }; relations[0].relation: "left of"
 */
export function parsePrompt(sentence: string): ScenePrompt {
  const text = sentence
    .trim()
    .toLowerCase()
    .replace(/\s+/g, " ")
    .replace(/\s*\.$/, "");
  const onGround = ground.exec(text);
  const parts = (onGround?.[1] ?? text).split(joint); // phrase, relation or undefined, phrase, …
  const phrases = parts.filter((_, at) => at % 2 === 0).map((words) => parsePhrase(words, sentence));
  const relations = parts.flatMap((relation, at) =>
    at % 2 === 1 && relation
      ? [{ subject: (at - 1) / 2, relation: relation as RelationName, object: (at + 1) / 2 }]
      : [],
  );
  return { phrases, relations, ...(onGround && { ground: onGround[2] as "plain" }) };
}

function parsePhrase(words: string, sentence: string): PromptPhrase {
  const found = phrase.exec(words)?.groups;
  const { number = "", size, colour, noun = "", many = "", place } = found ?? {};
  const digits = /^[1-4]$/.test(number) ? Number(number) : numberWords.indexOf(number);
  const count = digits > 0 ? digits : 1;
  const shape = noun === "object" ? undefined : (noun as ShapeName);
  if (!found || many !== (count === 1 ? "" : plural(shape)))
    throw new GMemError(
      "INVALID_REQUEST",
      `parsePrompt: a prompt must name objects such as "two small red circles at the top left", got "${words}" in ${JSON.stringify(sentence)}; shapes are ${shapeNames.join(", ")}, colours ${colourNames.join(", ")}`,
    );
  return {
    count,
    exactly: digits > 0,
    ...(size && { size: (/large|big/.test(size) ? "large" : "small") as SizeName }),
    ...(colour && { colour: colour as ColourName }),
    ...(shape && { shape }),
    ...(place && { place: place as PlaceName }),
  };
}
