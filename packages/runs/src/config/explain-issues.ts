import { didYouMean } from "@gmem/tensor";
import { z } from "zod";
import { fieldAt, knownKeys } from "./known-keys.ts";
import { isTree } from "./tree.ts";

type Issue = z.core.$ZodIssue;

/** What was checked: the schema and what it was given. */
export interface Checked {
  readonly schema: z.ZodType;
  readonly value: unknown;
  /** What a key is called; default: as an override names it, `backbone.depth`. */
  readonly named?: (path: readonly PropertyKey[]) => string;
}

/** Every issue as a sentence: the key, what is allowed there, what was got, and the nearest of a list of words. */
export function explainIssues(issues: readonly Issue[], checked: Checked): string {
  return issues.flatMap((issue) => sentences(issue, checked)).join("; ");
}

const dotted = (path: readonly PropertyKey[]): string => path.join(".");

function sentences(issue: Issue, checked: Checked): readonly string[] {
  const { schema, value, named = dotted } = checked;
  const { path } = issue;
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((name) => {
      const known = knownKeys(schema, path, value);
      return `unknown key "${named([...path, name])}".${didYouMean(name, known) || ` Known here: ${known.join(", ")}.`}`;
    });
  const got = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const inside = issue.code === "invalid_union" && isTree(got) ? deepest(issue.errors) : undefined;
  if (inside) return inside.flatMap((own) => sentences({ ...own, path: [...path, ...own.path] }, checked));
  const key = named(path) || "the configuration";
  const field = fieldAt(schema, path, value);
  if (got === undefined) return [`${key}: must be given, got none; give ${key}=${placeOf(path)}${meaning(field)}`];
  return [`${key}: ${ruleOf(issue, field)}, got ${shown(got)}${nearest(got, wordsOf(issue))}`];
}

/** The branch of a union that takes records: its faults lie inside. */
const deepest = (branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined =>
  branches.find((issues) => issues.length > 0 && issues.every(({ path }) => path.length > 0));

const placeOf = (path: readonly PropertyKey[]): string => (dotted(path) === "data" ? "FOLDER" : "…");
const meaning = (field: z.ZodType | undefined): string =>
  field?.description ? `: ${field.description.replace(/\.$/, "")}` : "";

function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function nearest(got: unknown, words: readonly string[]): string {
  const hint = typeof got === "string" ? didYouMean(got, words) : "";
  return hint === "" ? "" : `.${hint}`;
}

/** The words that are allowed, where it is a list. */
function wordsOf(issue: Issue): readonly string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code !== "invalid_union") return [];
  const { options } = issue as { readonly options?: readonly unknown[] };
  return [...(options ?? []).map(String), ...issue.errors.flat().flatMap(wordsOf)];
}

const types: Readonly<Record<string, string>> = {
  string: "text",
  boolean: "true or false",
  object: "a record of keys",
  record: "a record of keys",
  array: "a list",
  tuple: "a list",
};

const ruleOf = (issue: Issue, field: z.ZodType | undefined): string => {
  const allowed = allowedBy(issue, field);
  return allowed === undefined ? issue.message : `must be ${allowed}`;
};

/** What a value must be; undefined where the issue's own message says it. */
function allowedBy(issue: Issue, field: z.ZodType | undefined): string | undefined {
  switch (issue.code) {
    case "invalid_value":
      return listOf(issue.values.map(String));
    case "invalid_union": {
      const words = wordsOf(issue);
      const others = issue.errors
        .flat()
        .flatMap((own) => (own.code === "invalid_value" ? [] : (allowedBy(own, field) ?? [])));
      return [...(words.length > 0 ? [listOf(words)] : []), ...new Set(others)].join(", or ");
    }
    case "invalid_type":
      return ["number", "int"].includes(issue.expected)
        ? numberOf(field, "")
        : (types[issue.expected] ?? issue.expected);
    case "too_small":
      return rangeOf(issue.origin, {
        limit: issue.minimum,
        bound: `${issue.inclusive ? "≥" : ">"} ${issue.minimum}`,
        field,
      });
    case "too_big":
      return rangeOf(issue.origin, {
        limit: issue.maximum,
        bound: `${issue.inclusive ? "≤" : "<"} ${issue.maximum}`,
        field,
      });
    default:
      return undefined;
  }
}

interface Range {
  readonly limit: number | bigint;
  /** With the sign. */
  readonly bound: string;
  readonly field: z.ZodType | undefined;
}

function rangeOf(origin: string, { limit, bound, field }: Range): string | undefined {
  if (origin === "array") return `a list of ${limit}`;
  return origin === "number" || origin === "int" ? numberOf(field, ` ${bound}`) : undefined;
}

const listOf = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

interface NumberSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly NumberSchema[];
}

/** A kind of number and its range, such as "a whole number ≥ 1". */
function numberOf(field: z.ZodType | undefined, bound: string): string {
  if (!field) return `a number${bound}`;
  const json: NumberSchema = z.toJSONSchema(field, { io: "input", unrepresentable: "any" }) as NumberSchema;
  const own = json.anyOf?.find(({ type }) => type === "integer" || type === "number") ?? json;
  const { minimum, exclusiveMinimum: above, maximum = Number.MAX_SAFE_INTEGER } = own;
  const isWhole = own.type === "integer";
  const least = isWhole && above !== undefined ? above + 1 : minimum;
  const isBounded = least !== undefined && least > Number.MIN_SAFE_INTEGER;
  return [
    isWhole ? "a whole number" : "a number",
    ...(isBounded ? [`≥ ${least}`] : above === undefined || isWhole ? [] : [`> ${above}`]),
    ...(maximum < Number.MAX_SAFE_INTEGER ? [`≤ ${maximum}`] : []),
  ]
    .join(" ")
    .replace(" ≤", isBounded ? " and ≤" : " ≤");
}
