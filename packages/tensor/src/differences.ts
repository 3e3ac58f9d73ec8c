/** A place where two values differ; undefined is what is not there. */
export interface Difference {
  /** Names with dots between; empty for the values themselves. */
  readonly at: string;
  readonly before: unknown;
  readonly now: unknown;
}

/**
 * Where two values of JSON differ, by their keys. Lists are compared whole; a key that is not there is as one of null.
 * @example
 * differences({ image: { size: 16, flip: false } }, { image: { size: 32, flip: false } });
 * // [{ at: "image.size", before: 16, now: 32 }]
 */
export function differences(before: unknown, now: unknown, at: string = ""): readonly Difference[] {
  if (isRecord(before) && isRecord(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return names.flatMap((name) => differences(before[name], now[name], at === "" ? name : `${at}.${name}`));
  }
  const isSame = JSON.stringify(before ?? null) === JSON.stringify(now ?? null);
  return isSame ? [] : [{ at, before, now }];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
