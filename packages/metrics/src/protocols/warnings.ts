import type { MetricSides } from "@gmem/spec";
import type { NDArray } from "@gmem/tensor";

/** What makes numbers of these images hard to compare, whichever metric it is. */
export function imageWarnings({ real, fake }: MetricSides): readonly string[] {
  return [
    ...Object.entries({ real, fake }).flatMap(([side, { features, images = {} }]) => {
      const { formats = {}, sizes = {}, labels } = images;
      const lossy = Object.entries(formats).filter(([format]) => /^(jpe?g|webp)$/i.test(format));
      return [
        ...lossy.map(
          ([format, count]) =>
            `${count} of the ${side} images come from ${format}, whose compression counts as difference`,
        ),
        ...(Object.keys(sizes).length > 1
          ? [`the ${side} images have ${Object.keys(sizes).length} sizes: ${listed(sizes)}`]
          : []),
        ...(features ? duplicates(features, side) : []),
        ...(labels ? unequal(labels, side) : []),
      ];
    }),
    ...otherSize({ real, fake }),
  ];
}

/** Fréchet distances: covariances need more rows than columns, and the bias falls as 1/N. A count of 0 is not known. */
export function frechetWarnings(counts: readonly [number, number], width: number): readonly string[] {
  const [n, m] = counts;
  const known = counts.filter((count) => count > 0);
  const few = Math.min(...known);
  return [
    ...(few <= width
      ? [`${few} images are too few for covariances of ${width} features: the distance is far too large`]
      : []),
    ...(few > width && few < 10000 ? [`${few} images: the distance is biased upwards, compare equal counts`] : []),
    ...(known.length < 2
      ? ["how many images saved statistics are of is not known: the bias that it has depends on it"]
      : n !== m
        ? [`counts differ, ${n} real and ${m} fake: compare with numbers of the same counts`]
        : []),
  ];
}

/** Splits of which the last is not like the others. */
export function splitWarnings(
  n: number,
  splits: { readonly size: number } | { readonly count: number },
): readonly string[] {
  if ("size" in splits)
    return n % splits.size === 0
      ? []
      : [`${n} images are no multiple of the split of ${splits.size}: the last of ${n % splits.size} counts as much`];
  return n % splits.count === 0 ? [] : [`${n} images are no multiple of ${splits.count} splits`];
}

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .slice(0, 3)
    .map(([name, count]) => `${count} of ${name}`)
    .join(", ");

/** Rows that are equal to an earlier one, value by value. */
function duplicates({ data, shape }: NDArray<"f32">, side: string): readonly string[] {
  const [n = 0, d = 0] = shape;
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const seen = new Map<number, number[]>();
  let count = 0;
  for (let row = 0; row < n; row++) {
    let hash = 2166136261;
    for (let at = row * d; at < (row + 1) * d; at++) hash = Math.imul(hash ^ (words[at] as number), 16777619);
    const same = seen.get(hash) ?? [];
    if (same.some((other) => equalRows(words, [row, other], d))) count++;
    else seen.set(hash, [...same, row]);
  }
  return count === 0 ? [] : [`${count} of the ${n} ${side} images have the features of an earlier one`];
}

const equalRows = (words: Uint32Array, [a, b]: readonly [number, number], d: number): boolean => {
  for (let k = 0; k < d; k++) if (words[a * d + k] !== words[b * d + k]) return false;
  return true;
};

/** Classes of which one has more than twice the images of another. */
function unequal(labels: ArrayLike<number>, side: string): readonly string[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) counts.set(labels[i] as number, (counts.get(labels[i] as number) ?? 0) + 1);
  const sizes = [...counts.values()].sort((a, b) => a - b);
  const [least = 0, most = 0] = [sizes[0], sizes.at(-1)];
  return most > 2 * least ? [`classes of the ${side} images are unequal: from ${least} to ${most} images`] : [];
}

function otherSize({ real, fake }: MetricSides): readonly string[] {
  const [a, b] = [real, fake].map(({ images }) => Object.keys(images?.sizes ?? {}));
  if (a?.length !== 1 || b?.length !== 1 || a[0] === b[0]) return [];
  return [`real images are ${a[0]}, fake ones ${b[0]}: the distance has that of the resolutions in it`];
}
