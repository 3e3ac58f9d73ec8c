import { GMemError } from "@gmem/tensor";

type Side = "left" | "right";

/** How the file of a tokenizer cuts and fills up texts. */
export interface Limits {
  /** Tokens at most, special ones included. */
  readonly truncation?: { readonly length: number; readonly side: Side };
  /** Tokens at least; 0 where the longest of a batch decides, which is one text. */
  readonly padding?: { readonly length: number; readonly multiple: number; readonly id: number; readonly side: Side };
}

/** Reads `truncation` and `padding` of a `tokenizer.json`. @throws {GMemError} code `FORMAT` */
export function limitsOf(json: object, where: string): Limits {
  const { truncation, padding } = json as { readonly truncation?: unknown; readonly padding?: unknown };
  const fail = (what: string, got: unknown): never => {
    throw new GMemError(
      "FORMAT",
      `${where}: ${what}, got ${JSON.stringify(got)?.slice(0, 80)}; use the model's own tokenizer.json`,
    );
  };
  const side = (value: unknown): Side =>
    value === "Left"
      ? "left"
      : value === undefined || value === "Right"
        ? "right"
        : fail("a direction is Left or Right", value);
  const count = (value: unknown, what: string): number =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 20
      ? (value as number)
      : fail(what, value);
  return {
    ...(isRecord(truncation) && {
      truncation: {
        length: count(truncation.max_length, "truncation has a max_length"),
        side: side(truncation.direction),
      },
    }),
    ...(isRecord(padding) && {
      padding: {
        length: isRecord(padding.strategy) ? count(padding.strategy.Fixed, "a fixed padding has a length") : 0,
        multiple: padding.pad_to_multiple_of ? count(padding.pad_to_multiple_of, "pad_to_multiple_of is a count") : 0,
        id: count(padding.pad_id ?? 0, "padding has an id"),
        side: side(padding.direction),
      },
    }),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
