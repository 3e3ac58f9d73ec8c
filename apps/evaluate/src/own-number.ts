import type { Interval } from "@gmem/metrics";
import { type EvaluationNumber, printedNumber } from "@gmem/report/evaluation";

/** What stands beside a number of this program's own. */
export interface OwnNumberFacts
  extends Pick<EvaluationNumber, "options" | "counts">,
    Partial<Pick<EvaluationNumber, "seed" | "against" | "warnings" | "protocol">> {
  /** How the interval was computed. */
  readonly method: string;
  /** Of the interval; default 0.95. */
  readonly level?: number;
}

/** A number that is no metric's of a protocol, in the form that all have. */
export function ownNumber(metric: string, { value, low, high }: Interval, facts: OwnNumberFacts): EvaluationNumber {
  const { method, level = 0.95, ...rest } = facts;
  const ends = Number.isNaN(low) ? { low: null, high: null } : { low, high }; // nothing is known
  return {
    protocol: "gmem",
    warnings: [],
    ...rest,
    metric,
    value,
    interval: { ...ends, level, method },
    printed: printedNumber(value, ends),
  };
}
