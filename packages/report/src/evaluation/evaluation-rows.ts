import type { Evaluation, EvaluationNumber } from "./evaluation.ts";

/** The columns of every table of an evaluation. */
export const evaluationColumns = [
  "metric",
  "value",
  "low",
  "high",
  "real",
  "fake",
  "protocol",
  "features",
  "against",
  "seed",
  "paper",
] as const;

export type EvaluationRow = Readonly<Record<(typeof evaluationColumns)[number], string>>;

/** The cells of an evaluation, the same words and digits for every format. */
export const evaluationRows = ({ numbers }: Pick<Evaluation, "numbers">): readonly EvaluationRow[] =>
  numbers.map((number) => ({
    metric: number.metric,
    ...number.printed,
    real: countOf(number.counts.real),
    fake: countOf(number.counts.fake),
    protocol: number.protocol,
    features: String(number.options.features ?? ""),
    against: number.against ?? "",
    seed: number.seed === undefined ? "" : `${number.seed}`,
    paper: paperOf(number),
  }));

const countOf = (count: number): string => (count === 0 ? "–" : `${count}`);

const paperOf = ({ published = [] }: EvaluationNumber): string =>
  published.map(({ value, of, place }) => `${value} (${of}, ${place})`).join("; ");

/** Warnings of all numbers, each once, with the metrics that it is about. */
export function evaluationWarnings({ numbers }: Pick<Evaluation, "numbers">): readonly string[] {
  const about = new Map<string, string[]>();
  for (const { metric, warnings } of numbers)
    for (const warning of warnings) about.set(warning, [...(about.get(warning) ?? []), metric]);
  return [...about].map(([warning, metrics]) =>
    metrics.length === numbers.length && numbers.length > 1 ? warning : `${metrics.join(", ")}: ${warning}`,
  );
}
