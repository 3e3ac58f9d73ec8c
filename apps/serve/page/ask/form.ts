import type { SampleBody, ServedRun } from "../api/types.ts";

/** How pictures are asked for. */
export const ways = ["text", "rows", "expression", "label", "noise"] as const;
export type Way = (typeof ways)[number];

/** The form as it is filled in: texts as they were typed. */
export interface Form {
  readonly way: Way;
  readonly text: string;
  readonly rows: string;
  readonly expression: string;
  readonly label: string;
  readonly count: number;
  readonly seed: number;
  /** Number of the first picture among those of the seed. */
  readonly first: number;
  readonly steps: number | undefined;
  readonly guidance: number | undefined;
}

export const emptyForm: Form = {
  way: "noise",
  text: "",
  rows: "",
  expression: "",
  label: "",
  count: 4,
  seed: 0,
  first: 0,
  steps: undefined,
  guidance: undefined,
};

/** The ways that a run takes, the usual one first. */
export function waysOf({ text, bank, conditioner, classes }: ServedRun): readonly Way[] {
  const isTable = conditioner === "class-table";
  return [
    ...(text ? ["text" as const] : []),
    ...(bank ? ["rows" as const, "expression" as const] : []),
    ...(isTable || (bank && classes.length > 0) ? ["label" as const] : []),
    "noise",
  ];
}

/** Whole numbers of a list such as `3, 17 20-23`; undefined for another text. */
export function numbersIn(text: string): readonly number[] | undefined {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== "");
  const found = parts.map((part) => {
    const [, from, to = from] = /^#?(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from === undefined || last < first || last - first > 999) return undefined;
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return parts.length === 0 || found.includes(undefined) ? undefined : (found as number[][]).flat();
}

/** What a form asks for, or what is wrong with it, for the person who fills it in. */
export function bodyOf(form: Form, run: ServedRun): SampleBody | string {
  const { way, count, seed, first, steps, guidance } = form;
  const settings = {
    run: run.name,
    count,
    seed,
    ...(first > 0 && { first }),
    ...(steps !== undefined && { steps }),
    ...(guidance !== undefined && { guidance }),
  };
  if (way === "noise") return { ...settings, noise: true };
  if (way !== "rows") {
    const said = form[way].trim();
    if (said !== "") return { ...settings, [way]: said };
    return {
      text: "Say what to draw.",
      expression: "Write a sum of names, such as dog + 0.5*hat.",
      label: "Choose a class.",
    }[way];
  }
  const rows = numbersIn(form.rows);
  if (!rows) return "Name rows by their numbers, such as 3, 17 or 20-23.";
  const size = run.bank?.size ?? 0;
  const outside = rows.find((row) => row >= size);
  if (outside !== undefined) return `Rows go from 0 to ${size - 1}, got ${outside}.`;
  return { ...settings, rows, count: Math.max(count, rows.length) };
}

/** A form that asks for what a picture was drawn with. */
export function formOf({
  rows,
  expression,
  text,
  label,
  count,
  seed,
  first,
  steps,
  guidance,
}: SampleBody): Partial<Form> {
  const settings = { count: count ?? 1, seed: seed ?? 0, first: first ?? 0, steps, guidance };
  if (rows) return { ...settings, way: "rows", rows: rows.join(", ") };
  if (expression !== undefined) return { ...settings, way: "expression", expression };
  if (text !== undefined) return { ...settings, way: "text", text };
  if (label !== undefined) return { ...settings, way: "label", label: String(label) };
  return { ...settings, way: "noise" };
}

/** What is drawn, in a line. */
export function about({ rows, expression, text, label, interpolate, image, strength }: SampleBody): string {
  if (interpolate)
    return `${place(interpolate.from)} → ${place(interpolate.to)}${interpolate.at === undefined ? "" : `, ${Math.round(100 * interpolate.at)} %`}`;
  if (rows)
    return rows.length === 1
      ? `row ${rows[0]}`
      : `${rows.length} rows: ${rows.slice(0, 4).join(", ")}${rows.length > 4 ? ", …" : ""}`;
  const said = expression ?? text ?? (label === undefined ? undefined : String(label));
  if (image !== undefined)
    return `${said ? `${said}, ` : ""}${strength === undefined ? "in the style of a picture" : "from a picture"}`;
  return said ?? "whatever the noise chooses";
}

const place = (end: number | string): string => (typeof end === "number" ? `row ${end}` : end);
