import { type Interval, studentInterval } from "@gmem/metrics";
import type { At, Claim, Inequality } from "./study.ts";

export type Verdict = "holds" | "does not hold" | "undecided" | "not run";

/** An inequality and by how much it is met: `factor` · `more` + `plus` − `less`, over seeds; positive where it is. */
export interface MetInequality {
  readonly inequality: Inequality;
  readonly verdict: Verdict;
  /** Absent where a side was not run. */
  readonly margin?: Interval;
}

export interface ClaimVerdict extends Pick<Claim, "text" | "where"> {
  readonly verdict: Verdict;
  readonly rule: readonly MetInequality[];
}

/** A number of a study by seed. */
export type ValuesBySeed = (at: At) => ReadonlyMap<number, number>;

/**
 * A claim holds if each of its inequalities does, and does not if one does not. An inequality holds if the interval of its
 * margin lies above zero, and does not if it lies below: seeds are pairs, since equal seeds share data and noise.
 */
export function judgeClaim({ text, where, rule }: Claim, values: ValuesBySeed): ClaimVerdict {
  const met = rule.map((inequality) => judgeInequality(inequality, values));
  return { text, where, rule: met, verdict: together(met.map(({ verdict }) => verdict)) };
}

/** One that does not hold decides; then one that is open. */
function together(verdicts: readonly Verdict[]): Verdict {
  const order: readonly Verdict[] = ["does not hold", "not run", "undecided"];
  return order.find((verdict) => verdicts.includes(verdict)) ?? "holds";
}

function judgeInequality(inequality: Inequality, values: ValuesBySeed): MetInequality {
  const { less, more, factor = 1, plus = 0 } = inequality;
  const side = (of: At | number): ((seed: number) => number | undefined) => {
    if (typeof of === "number") return () => of;
    const found = values(of);
    return (seed) => found.get(seed);
  };
  const [low, high] = [side(less), side(more)];
  const seeds = [less, more].flatMap((of) => (typeof of === "number" ? [] : [...values(of).keys()]));
  const margins = [...new Set(seeds)].flatMap((seed) => {
    const [a, b] = [low(seed), high(seed)];
    return a === undefined || b === undefined ? [] : [factor * b + plus - a];
  });
  if (margins.length < 2) return { inequality, verdict: "not run" };
  const margin = overSeeds(margins);
  const verdict = margin.low > 0 ? "holds" : margin.high < 0 ? "does not hold" : "undecided";
  return { inequality, verdict, margin };
}

/** The mean of one number a seed with Student's 95 % interval; of a single number, that number alone. */
export function overSeeds(values: readonly number[]): Interval {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { value: mean, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return studentInterval(mean, { error: Math.sqrt(variance / n), degrees: n - 1 });
}

/** "gmem.turning < 0.9 × weak.turning". */
export function inWords({ less, more, factor = 1, plus = 0 }: Inequality): string {
  const word = (side: At | number): string => (typeof side === "number" ? `${side}` : side.join("."));
  const scaled = factor === 1 ? word(more) : `${Number(factor.toPrecision(3))} × ${word(more)}`;
  return `${word(less)} < ${scaled}${plus === 0 ? "" : ` + ${plus}`}`;
}
