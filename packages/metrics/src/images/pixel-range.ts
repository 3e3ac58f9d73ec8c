import { GMemError, type NDArray } from "@gmem/tensor";

/** Share of the range that values may lie outside: rounding and resampling do that, another range does not. */
const slack = 0.02;

/**
 * Refuses images that are not in [0, 1], where a metric would give a number that means nothing.
 * @throws {GMemError} code `DATA` naming a value outside and what to do, `NON_FINITE` for NaN and infinities.
 */
export function checkUnitImages(where: string, images: NDArray): void {
  const found = extremes(where, images);
  if (found.low >= -slack && found.high <= 1 + slack) return;
  refuse(where, { found, wanted: "in [0, 1]", hint: hintFor(found) });
}

/** Where values of a range lie, for the ranges that images come in. */
const intervals: Readonly<Record<number, readonly [low: number, high: number]>> = {
  1: [0, 1],
  2: [-1, 1],
  255: [0, 255],
};

/**
 * Refuses pairs of images that are plainly of another range than the one given, which scales the result: [0, 1] for 1,
 * [−1, 1] for 2, [0, 255] for 255, so far apart for any other. Noise may leave the range by half of it.
 * @throws {GMemError} code `DATA` or `NON_FINITE` as {@link checkUnitImages}; `CONFIG` for a range that is not positive.
 */
export function checkPixelRange(where: string, pair: readonly NDArray[], range: number): void {
  if (!(range > 0 && Number.isFinite(range)))
    throw new GMemError("CONFIG", `${where}: range must be a positive number, got ${range}`);
  const each = pair.map((images) => extremes(where, images));
  const found = { low: Math.min(...each.map(({ low }) => low)), high: Math.max(...each.map(({ high }) => high)) };
  const [low, high] = intervals[range] ?? [found.low, found.low + range];
  const room = range / 2;
  if (found.low < low - room || found.high > high + room)
    refuse(where, {
      found,
      wanted: intervals[range] ? `in [${low}, ${high}] where range is ${range}` : `at most ${range} apart`,
      hint: "pass the range of the images: 1 for [0, 1], 2 for [−1, 1], 255 for bytes",
    });
  // bytes are whole numbers: fractions that never pass 1 are of [0, 1]
  if (
    range === 255 &&
    found.high <= 1 + slack &&
    pair.some(({ data }) => data.some((value) => !Number.isInteger(value)))
  )
    refuse(where, { found, wanted: "in [0, 255] where range is 255", hint: "pass range: 1 for images in [0, 1]" });
}

interface Extremes {
  readonly low: number;
  readonly high: number;
}

function extremes(where: string, { data, shape }: NDArray): Extremes {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (!Number.isFinite(value)) {
      const image = Math.floor((i * (shape[0] ?? 1)) / data.length);
      throw new GMemError("NON_FINITE", `${where}: images must be finite, got ${value} in image ${image}`);
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

const hintFor = ({ low, high }: Extremes): string =>
  high > 2
    ? "divide bytes by 255"
    : low < -slack && low >= -1 - slack && high <= 1 + slack
      ? "bring [−1, 1] there by (x + 1)/2"
      : "clip what lies outside";

function refuse(where: string, { found, wanted, hint }: { found: Extremes; wanted: string; hint: string }): never {
  throw new GMemError(
    "DATA",
    `${where}: images must be ${wanted}, got values from ${short(found.low)} to ${short(found.high)}; ${hint}`,
  );
}

const short = (value: number): number => Number(value.toPrecision(4));
