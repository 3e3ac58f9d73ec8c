/** A file of a folder that is not used, and why. */
export interface LeftOut {
  /** Path from the folder, with slashes. */
  readonly file: string;
  /** The reason in a word or two, for counting: `too small`, `damaged`, `HEIC`. */
  readonly kind: string;
  /** The reason in a clause. */
  readonly reason: string;
}

/**
 * How many files were left out, by reason, the most frequent first.
 * @example
 * const leftOut = [{ file: "a.png", kind: "too small", reason: "too small: 4×4 pixels, needs 8 on the shorter side" }];
 * leftOutSummary(leftOut); // "1 left out: 1 too small"
 */
export function leftOutSummary(leftOut: readonly LeftOut[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of leftOut) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
  return `${leftOut.length} left out: ${parts.join(", ")}`;
}

/**
 * The names of files that were left out, each with its reason, at most so many and then how many more.
 * @example
 * const leftOut = ["a.png", "b.png"].map((file) => ({ file, kind: "empty", reason: "empty" }));
 * leftOutNames(leftOut, 1); // ["a.png (empty)", "and 1 more"]
 */
export function leftOutNames(leftOut: readonly LeftOut[], most: number = Number.POSITIVE_INFINITY): string[] {
  return someNames(
    leftOut.map(({ file, reason }) => `${file} (${reason})`),
    most,
  );
}

/** The first ten of {@link leftOutNames}, each on a line of its own below a sentence. */
export const leftOutLines = (leftOut: readonly LeftOut[]): string =>
  leftOutNames(leftOut, 10)
    .map((name) => `\n  ${name}`)
    .join("");

/**
 * At most so many names, and then how many more.
 * @example
 * someNames(["a.png", "b.png", "c.png"], 1); // ["a.png", "and 2 more"]
 */
export const someNames = (names: readonly string[], most: number): string[] =>
  names.length > most ? [...names.slice(0, most), `and ${names.length - most} more`] : [...names];
