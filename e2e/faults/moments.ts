/*
 * A moment is one line: what a program is about to do, and to which file. Writes one after the other into a file that has not
 * got its name yet differ only in how long a file is that nobody reads.
 */

/** Every moment's number, from 1; those of one stretch of writes into one hidden file together. */
function stretches(moments: readonly string[]): readonly (readonly number[])[] {
  const found: number[][] = [];
  moments.forEach((moment, i) => {
    const before = moments[i - 1];
    if (before !== undefined && isDraft(moment) && isDraft(before) && fileOf(moment) === fileOf(before))
      found.at(-1)?.push(i + 1);
    else found.push([i + 1]);
  });
  return found;
}

const fileOf = (moment: string): string => moment.slice(moment.indexOf(" "));
const isDraft = (moment: string): boolean => /^(half-)?write\b.*\.tmp$/.test(moment);

/** One moment of each stretch: before its first byte. */
export const operations = (moments: readonly string[]): readonly number[] =>
  stretches(moments).map(([first]) => first as number);

/** Every moment that leaves something else behind: of a stretch the first, amid its first bytes, and amid its last. */
export const everyMoment = (moments: readonly string[]): readonly number[] =>
  stretches(moments).flatMap(([first, half, ...more]) => [first, half, more.at(-1)].filter((at) => at !== undefined));
