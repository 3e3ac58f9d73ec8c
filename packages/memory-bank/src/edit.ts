import { isGMemError, type NDArray } from "@gmem/tensor";
import { append } from "./append.ts";
import type { Bank } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { type InterpolationMethod, interpolate } from "./interpolate.ts";
import { relabel } from "./relabel.ts";
import { remove } from "./subset.ts";

/** A change of a bank that can be written down and done again. */
export type Edit =
  | {
      readonly kind: "append";
      /** [n,d], not normalised. */
      readonly features: NDArray<"f32">;
      readonly labels?: readonly number[];
      readonly sources?: readonly string[];
    }
  | { readonly kind: "remove"; readonly rows: readonly number[] }
  | {
      /** Gives a row another label, another name, or both. */
      readonly kind: "label";
      readonly row: number;
      /** −1 takes it away. */
      readonly label?: number;
      readonly source?: string;
    }
  | {
      /** Appends the blend of two rows. */
      readonly kind: "interpolate";
      readonly first: number;
      readonly second: number;
      readonly weightOfSecond: number;
      readonly method?: InterpolationMethod;
      readonly seed?: number;
      /** Its name; default what it was made of. */
      readonly source?: string;
    };

/** The bank after an edit. @throws {ShapeError | BankError} as the edit's own function. */
export async function applyEdit(bank: Bank, edit: Edit): Promise<Bank> {
  switch (edit.kind) {
    case "append":
      return append(bank, edit.features, {
        ...(edit.labels && { labels: Int32Array.from(edit.labels) }),
        ...(edit.sources && { sources: edit.sources }),
      }).bank;
    case "remove":
      return remove(bank, Int32Array.from(edit.rows));
    case "label":
      return relabel(bank, edit.row, edit);
    case "interpolate": {
      const first = await bank.at(Int32Array.of(edit.first));
      const second = await bank.at(Int32Array.of(edit.second));
      const { kind: _, first: a, second: b, source, ...how } = edit;
      return append(bank, interpolate(first, second, how), {
        sources: [source ?? `${edit.method ?? "linear"} of rows ${a} and ${b} at ${edit.weightOfSecond}`],
      }).bank;
    }
  }
}

const kinds: readonly Edit["kind"][] = ["append", "remove", "label", "interpolate"];

/** What a new edit must keep and a stored one, from before the rule, need not. @throws {BankError} code `BANK` */
export function checkEdit(edit: Edit): void {
  if (!kinds.includes(edit?.kind))
    throw new BankError("journal", `an edit is of kind ${kinds.join(", ")}`, JSON.stringify(edit?.kind ?? edit));
  if (edit.kind !== "interpolate") return;
  const { weightOfSecond } = edit;
  if (!(weightOfSecond >= 0 && weightOfSecond <= 1))
    throw new BankError("interpolate", "the weight of the second row must be in 0…1", `${weightOfSecond}`);
}

/** One line of a journal. */
export type JournalEntry = { readonly do: Edit } | "undo" | "redo";

/** An entry as one line of JSON; features as base64 of little-endian float32. */
export function entryToLine(entry: JournalEntry): string {
  if (typeof entry === "string") return JSON.stringify({ op: entry });
  const { kind, ...edit } = entry.do;
  if (!("features" in edit)) return JSON.stringify({ op: kind, ...edit });
  const { features, ...rest } = edit;
  const { buffer, byteOffset, byteLength } = features.data;
  const base64 = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  return JSON.stringify({ op: kind, ...rest, shape: features.shape, features: base64 });
}

/** The inverse of {@link entryToLine}. @throws {BankError} code `FORMAT`, naming the place. */
export function entryFromLine(line: string, where: string): JournalEntry {
  const refuse = (): never => {
    throw new BankError(where, "must be an edit of a bank", line.slice(0, 80), "FORMAT");
  };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    if (isGMemError(cause)) throw cause;
    return refuse();
  }
  if (typeof value !== "object" || value === null) return refuse();
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { op, row, label, source, rows, first, second, weightOfSecond, method, seed, labels, sources } = fields;
  switch (op) {
    case "undo":
    case "redo":
      return op;
    case "remove":
      return isNumbers(rows) ? { do: { kind: "remove", rows } } : refuse();
    case "label":
      return typeof row === "number" && (isNumber(label) || isString(source))
        ? { do: { kind: "label", row, ...(isNumber(label) && { label }), ...(isString(source) && { source }) } }
        : refuse();
    case "interpolate":
      if (typeof first !== "number" || typeof second !== "number" || typeof weightOfSecond !== "number")
        return refuse();
      return {
        do: {
          kind: "interpolate",
          first,
          second,
          weightOfSecond,
          ...(isMethod(method) && { method }),
          ...(typeof seed === "number" && { seed }),
          ...(isString(source) && { source }),
        },
      };
    case "append": {
      const features = featuresOf(fields);
      if (!features) return refuse();
      return {
        do: {
          kind: "append",
          features,
          ...(isNumbers(labels) && { labels }),
          ...(isStrings(sources) && { sources }),
        },
      };
    }
    default:
      return refuse();
  }
}

function featuresOf({ shape, features }: Readonly<Record<string, unknown>>): NDArray<"f32"> | undefined {
  if (!isNumbers(shape) || shape.length !== 2 || typeof features !== "string") return undefined;
  const bytes = Uint8Array.from(Buffer.from(features, "base64"));
  const [n = 0, d = 0] = shape;
  if (bytes.length !== 4 * n * d) return undefined;
  return { dtype: "f32", shape: [n, d], data: new Float32Array(bytes.buffer) };
}

const isNumber = (value: unknown): value is number => Number.isInteger(value);
const isString = (value: unknown): value is string => typeof value === "string";
const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((entry) => Number.isInteger(entry));
const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string");
const isMethod = (value: unknown): value is InterpolationMethod =>
  value === "linear" || value === "spherical" || value === "concat" || value === "mask";
