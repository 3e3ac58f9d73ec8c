import type { CaptionCount } from "./count-captions.ts";

/** What a reader of files says about captions. */
export interface CaptionReport {
  /** How many pictures have captions. */
  readonly captioned: CaptionCount;
  /** Names of pictures without one, where others have some. */
  readonly uncaptioned: readonly string[];
}

export function captionReport(
  names: readonly string[],
  captionsOf: (name: string) => readonly string[],
): CaptionReport {
  const counts = names.map((name) => captionsOf(name).length);
  const captions = counts.reduce((sum, count) => sum + count, 0);
  const without = names.filter((_, i) => counts[i] === 0);
  return {
    captioned: { pictures: names.length - without.length, of: names.length, captions },
    uncaptioned: captions > 0 ? without : [],
  };
}
