import type { LeftOut } from "@gmem/datasets/folder";

/** What is known of the pictures of a part, or of a set; features have a row for each id. */
export interface PictureFacts {
  readonly ids: readonly string[];
  /** Pictures of each size as they were, before any resize: `{ "32x32": 5000 }`. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Pictures of each format: `{ png: 4990, jpg: 10 }`. */
  readonly formats: Readonly<Record<string, number>>;
  /** Class of each id; absent unless every picture has one. */
  readonly labels?: readonly number[];
  readonly classes: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

export const noFacts: PictureFacts = { ids: [], sizes: {}, formats: {}, classes: [], leftOut: [] };

/** Facts of one part after those of another. */
export function joinFacts(a: PictureFacts, b: PictureFacts): PictureFacts {
  const labels = a.ids.length === 0 ? b.labels : a.labels && b.labels ? [...a.labels, ...b.labels] : undefined;
  return {
    ids: [...a.ids, ...b.ids],
    sizes: added(a.sizes, b.sizes),
    formats: added(a.formats, b.formats),
    classes: a.ids.length === 0 ? b.classes : a.classes,
    leftOut: [...a.leftOut, ...b.leftOut],
    ...(labels && { labels }),
  };
}

function added(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
