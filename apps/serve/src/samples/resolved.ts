import { type Bank, interpolate } from "@gmem/memory-bank";
import { bankNames, evaluateExpression } from "@gmem/memory-bank/expression";
import { concatRows, key, type NDArray, takeRows } from "@gmem/tensor";
import { encodedFor } from "../bank/add-pictures.ts";
import { Refusal } from "../refusal.ts";
import type { BankVersion } from "../runs/served-bank.ts";
import type { ServedRun } from "../runs/served-run.ts";
import { base64Bytes, pictureOf } from "./picture-pixels.ts";
import type { SampleBody } from "./sample-body.ts";
import { countOf, wayOf } from "./wanted.ts";

/** A request with nothing left open: resolved against one version of the bank. */
export interface Resolved {
  readonly count: number;
  /** What the conditioner takes: a snippet for each picture, where the run has snippets. */
  readonly request: unknown;
  readonly version: string | undefined;
  /** Of each picture the row that it is drawn from; null where it is no row. */
  readonly rows: readonly (number | null)[];
  /** All pictures are of one noise: only the snippet moves. */
  readonly isStrip: boolean;
}

interface Asked {
  readonly served: ServedRun;
  readonly body: SampleBody;
  readonly count: number;
  readonly version: BankVersion;
}

/** @throws {Refusal} 400 for what this run does not take; {ExpressionError} with its place. */
export async function resolved(served: ServedRun, body: SampleBody): Promise<Resolved> {
  const way = wayOf(body);
  const count = countOf(body);
  const { conditioner } = served.run;
  const version = served.bank?.now;
  const none = { count, version: version?.id, rows: new Array<null>(count).fill(null), isStrip: false };
  if (way === "text") return { ...none, request: { snippets: await snippetsOfTexts(served, body, count) } };
  if (conditioner.name === "class-table" && way === "label")
    return { ...none, request: { label: labelOf(served, body.label) } };
  if (way === "noise" && !served.takesSnippets) return { ...none, request: undefined };
  if (!version)
    throw refuse(
      way,
      `${way}: needs a run with a memory bank, got conditioner ${conditioner.name} of "${served.name}"`,
    );
  const asked = { served, body, count, version };
  const { snippets, rows } = await snippetsOf[way](asked);
  return {
    ...none,
    rows: inTurn(rows, count),
    request: { snippets: repeated(snippets, count) },
    isStrip: isStrip(body),
  };
}

const isStrip = ({ interpolate: strip }: SampleBody): boolean => strip !== undefined && typeof strip.at !== "number";

interface Found {
  /** [1 or n,d]; pictures take them in turn. */
  readonly snippets: NDArray<"f32">;
  readonly rows: readonly (number | null)[];
}

const snippetsOf: Readonly<Record<"rows" | "label" | "expression" | "interpolate" | "noise" | "image", Way>> = {
  rows: ({ body, version }) => atRows(version.bank, body.rows ?? []),
  async label({ served, body, count, version: { bank } }) {
    const label = labelOf(served, body.label);
    const rows: number[] = [];
    for (let row = 0; row < bank.size; row++) if (bank.labels?.[row] === label) rows.push(row);
    if (rows.length === 0) throw refuse("label", `label: no row of the bank has it, got ${JSON.stringify(body.label)}`);
    const pick = (i: number): number => {
      const share = key(body.seed)
        .split(body.first + i)
        .split("label")
        .uniform([1]).data[0] as number;
      return rows[Math.min(rows.length - 1, Math.floor(share * rows.length))] as number;
    };
    return atRows(
      bank,
      Array.from({ length: count }, (_, i) => pick(i)),
    );
  },
  async expression({ served, body, version: { bank } }) {
    const names = bankNames(bank, served.run.classes);
    const { snippet, rows } = await evaluateExpression(body.expression as string, { bank, names });
    return { snippets: snippet, rows: rows.length === 1 ? [rows[0] as number] : [null] };
  },
  async interpolate({ served, body, count, version: { bank } }) {
    const { from, to, at, method } = body.interpolate as NonNullable<SampleBody["interpolate"]>;
    const end = async (place: number | string): Promise<NDArray<"f32">> => {
      if (typeof place === "number") return (await atRows(bank, [place])).snippets;
      return (await evaluateExpression(place, { bank, names: bankNames(bank, served.run.classes) })).snippet;
    };
    const [first, second] = [await end(from), await end(to)];
    const strip = Array.from({ length: count }, (_, i) => (count === 1 ? 0.5 : i / (count - 1)));
    const weights = at === undefined ? strip : [at].flat();
    const blends = weights.map((weightOfSecond) => interpolate(first, second, { weightOfSecond, method }));
    return { snippets: concatRows(blends), rows: [null] };
  },
  async noise({ served, body, count, version: { bank } }) {
    const shape = [1, ...served.run.model.backbone.latent];
    const noises = Array.from({ length: count }, (_, i) =>
      key(body.seed)
        .split(body.first + i)
        .split("noise")
        .normal(shape),
    );
    return atRows(bank, [...bank.indexOf(concatRows(noises))]);
  },
  async image({ served, body, version: { bank } }) {
    const picture = await pictureOf(base64Bytes(body.image as string, "image"), served.run.config.image);
    return { snippets: await encodedFor(served, { bank, pictures: [picture] }), rows: [null] };
  },
};

type Way = (asked: Asked) => Promise<Found>;

async function atRows(bank: Bank, rows: readonly number[]): Promise<Found> {
  const outside = rows.find((row) => row >= bank.size);
  if (outside !== undefined) throw refuse("rows", `rows: must be in 0 … ${bank.size - 1}, got ${outside}`);
  return { snippets: await bank.at(Int32Array.from(rows)), rows };
}

async function snippetsOfTexts(
  { run, name, texts }: ServedRun,
  { text }: SampleBody,
  count: number,
): Promise<NDArray<"f32">> {
  if (!texts)
    throw refuse(
      "text",
      `text: needs a run that is conditioned on text, got conditioner ${run.conditioner.name} of "${name}"; use label or expression`,
    );
  return repeated(await texts.snippets([text as string | string[]].flat()), count);
}

/** A class by its number or name. @throws {Refusal} 400 naming those that are near. */
export function labelOf({ run: { classes } }: ServedRun, label: number | string | undefined): number {
  const found =
    typeof label === "number" ? label : classes.findIndex((name) => name.toLowerCase() === label?.trim().toLowerCase());
  if (found >= 0 && (typeof label === "string" || classes.length === 0 || found < classes.length)) return found;
  const near = classes.filter((name) => typeof label === "string" && name.includes(label)).slice(0, 5);
  const known = near.length > 0 ? near : classes.slice(0, 10);
  throw refuse("label", `label: must be a class of the run, got ${JSON.stringify(label)}; such as ${known.join(", ")}`);
}

const inTurn = <T>(values: readonly T[], count: number): readonly T[] =>
  Array.from({ length: count }, (_, i) => values[i % values.length] as T);

const repeated = (snippets: NDArray<"f32">, count: number): NDArray<"f32"> =>
  takeRows(snippets, Int32Array.from(inTurn([...new Array(snippets.shape[0] ?? 0).keys()], count)));

const refuse = (param: string, message: string): Refusal => new Refusal(400, "INVALID_REQUEST", message, { param });
