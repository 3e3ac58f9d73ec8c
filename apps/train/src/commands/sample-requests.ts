import { GMemError, type NDArray } from "@gmem/tensor";
import { wholeNumber } from "@gmem/terminal";
import type { StoredNoise } from "./stored-noise.ts";

/** The flags that say what is drawn. */
export interface RequestFlags {
  /** Default 16; one for each of `rows`; 1 with `first`. */
  readonly count?: number;
  /** Number of the first picture of the seed; default 0. */
  readonly first?: number;
  readonly rows?: string;
  readonly label?: number;
  readonly interpolate?: string;
  /** Texts that pictures take in turn. */
  readonly said?: readonly string[] | undefined;
  /** A sum of snippets, which is drawn by itself. */
  readonly expression?: string;
  /** JSON. */
  readonly request?: string;
}

/** A request to the conditioner, and for how many pictures. */
export interface Wanted {
  readonly count: number;
  /** The conditioner's untrusted input. */
  readonly input?: unknown;
  /** A request as it is. */
  readonly given?: { readonly snippets: NDArray<"f32"> };
}

const usualCount = 16;

/**
 * What the flags ask for. Pictures take the rows of `--rows` in turn. A strip is one request a picture, all of one noise:
 * only the snippet moves.
 * @throws {GMemError} code `CONFIG` for flags that exclude each other, or a number of pictures that does not fit.
 */
export function requestsOf(flags: RequestFlags, stored: StoredNoise | undefined): readonly Wanted[] {
  const { rows, label, interpolate, request, said, expression } = flags;
  const given = [rows, label, interpolate, request, said, expression, stored?.snippets].filter(
    (flag) => flag !== undefined,
  );
  if (given.length > 1)
    refuse(
      "--rows, --label, --interpolate, --expression, --request, --text and stored snippets exclude each other; give one of them",
    );
  if (stored && flags.first !== undefined)
    refuse("--first picks from the noise of a seed, got --noise as well; leave one out");
  const list = rows === undefined ? undefined : rowNumbers("--rows", rows);
  const alone = flags.first !== undefined; // pictures of a grid, without those before them
  const several = list ?? (said && said.length > 1 ? said : undefined);
  const usual = alone ? 1 : (several?.length ?? usualCount);
  const least = alone ? 1 : (several?.length ?? 1);
  const count = countOf(flags.count, { stored: stored?.noise.shape[0], usual, least, what: list ? "rows" : "texts" });
  if (stored?.snippets) return [{ count, given: { snippets: stored.snippets } }];
  if (list) return [{ count, input: { rows: inTurn(list, { from: flags.first ?? 0, count }) } }];
  if (said) return [{ count, input: { text: inTurn(said, { from: flags.first ?? 0, count }) } }];
  if (label !== undefined) return [{ count, input: { label } }];
  if (request !== undefined) return [{ count, input: json(request) }];
  if (interpolate === undefined) return [{ count, input: undefined }];
  if (alone) refuse("--first picks a picture of a seed's grid, and a strip is of one noise; leave one out");
  if (stored) refuse("a strip is of one noise, got --noise as well; leave one out");
  const [a, b, ...rest] = rowNumbers("--interpolate", interpolate);
  if (b === undefined || rest.length > 0) refuse(`--interpolate needs two rows, such as 3,42, got "${interpolate}"`);
  return Array.from({ length: count }, (_, i) => {
    const weight = count === 1 ? 0.5 : i / (count - 1);
    return { count: 1, input: { interpolate: { a, b, weight, method: "spherical" } } };
  });
}

interface Counts {
  readonly stored: number | undefined;
  readonly usual: number;
  readonly least: number;
  /** What there are so many of. */
  readonly what: string;
}

function countOf(given: number | undefined, { stored, usual, least, what }: Counts): number {
  const count = stored ?? given ?? usual;
  if (stored !== undefined && given !== undefined && given !== stored)
    refuse(`--count must be the number of stored noises, ${stored}, got ${given}; leave it out`);
  if (count < 1) refuse(`--count must be 1 or more, got ${count}`);
  if (count < least) refuse(`${least} ${what} need ${least} pictures or more, got ${count}; name fewer ${what}`);
  return count;
}

/** Rows of the pictures from … of a grid; a single row serves the whole batch. */
const inTurn = <T>(rows: readonly T[], { from, count }: { readonly from: number; readonly count: number }) =>
  rows.length === 1 ? rows : Array.from({ length: count }, (_, i) => rows[(from + i) % rows.length] as T);

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GMemError("CONFIG", `sample: --request must be JSON, such as '{"label":3}', got "${text}"`, { cause });
  }
}

function rowNumbers(flag: string, text: string): readonly number[] {
  return text
    .split(",")
    .map((part) => wholeNumber(part) ?? refuse(`${flag} needs row numbers, such as 3,42, got "${text}"`));
}

function refuse(rule: string): never {
  throw new GMemError("CONFIG", `sample: ${rule}`);
}
