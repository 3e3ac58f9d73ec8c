import type { Evaluation } from "./evaluation.ts";

/** What the difference of a distance between two evaluations comes from. */
export interface ComparedShares {
  readonly metric: string;
  /** "class" or "cluster". */
  readonly by: string;
  /** The second distance less the first one: the sum of all parts. */
  readonly difference: number;
  /** Largest first, whatever the sign. */
  readonly parts: readonly { readonly name: string; readonly difference: number }[];
}

/**
 * The parts of a distance of the first evaluation and each other one against each other. Only those of equal references compare.
 * @returns for every other evaluation what there is of it.
 */
export function compareShares([first, ...others]: readonly Evaluation[]): readonly (readonly ComparedShares[])[] {
  return others.map((other) => {
    if (!first || first.real.content === undefined || first.real.content !== other.real.content) return [];
    return (first.shares ?? []).flatMap(({ metric, by, parts }) => {
      const theirs = other.shares?.find((shares) => shares.metric === metric && shares.by === by);
      const [a, b] = [distanceOf(first, metric), distanceOf(other, metric)];
      if (!theirs || a === undefined || b === undefined) return [];
      const after = new Map(theirs.parts.map(({ name, share }) => [name, share * b]));
      if (parts.some(({ name }) => !after.has(name)) || after.size !== parts.length) return [];
      const differences = parts.map(({ name, share }) => ({
        name,
        difference: (after.get(name) as number) - share * a,
      }));
      differences.sort((x, y) => Math.abs(y.difference) - Math.abs(x.difference));
      return [{ metric, by, difference: b - a, parts: differences }];
    });
  });
}

const distanceOf = ({ numbers }: Evaluation, metric: string): number | undefined =>
  numbers.find((number) => number.metric === metric)?.value;

/** For a terminal: a line an evaluation and metric, with the largest parts. */
export function comparedSharesText(
  titles: readonly string[],
  shares: readonly (readonly ComparedShares[])[],
  most = 5,
): readonly string[] {
  const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toPrecision(3)}`;
  return shares.flatMap((of, i) =>
    of.map(({ metric, by, difference, parts }) => {
      const shown = parts.slice(0, most).map((part) => `${part.name} ${signed(part.difference)}`);
      return `${metric} of ${titles[i + 1]}: ${signed(difference)}, by ${by} ${shown.join(", ")}`;
    }),
  );
}
