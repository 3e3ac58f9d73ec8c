import type { Evaluation, EvaluationNumber } from "./evaluation.ts";

/** One metric of several evaluations. */
export interface ComparedMetric {
  readonly metric: string;
  readonly protocol: string;
  readonly features: string;
  /** In the order of the evaluations; absent where one lacks it. */
  readonly numbers: readonly (EvaluationNumber | undefined)[];
  /** Of every one but the first, whether it differs from the first by more than chance; undefined where that is not known. */
  readonly differs: readonly (boolean | undefined)[];
}

/**
 * Metrics of several evaluations side by side. A difference is real where it is larger than the two half widths of the
 * intervals together have it by chance, √(h₁² + h₂²), at the intervals' own level. Only numbers of equal protocol, features,
 * counts and reference are held against each other.
 */
export function compareEvaluations(evaluations: readonly Evaluation[]): readonly ComparedMetric[] {
  const keys = new Map<string, EvaluationNumber>();
  const keyOf = ({ metric, protocol, options }: EvaluationNumber): string =>
    JSON.stringify([metric, protocol, options.features]);
  for (const { numbers } of evaluations) for (const number of numbers) keys.set(keyOf(number), number);
  return [...keys].map(([key, { metric, protocol, options }]) => {
    const numbers = evaluations.map((evaluation) => evaluation.numbers.find((number) => keyOf(number) === key));
    const [first, ...others] = numbers;
    const sameReference = (i: number): boolean => evaluations[0]?.real.content === evaluations[i + 1]?.real.content;
    return {
      metric,
      protocol,
      features: String(options.features ?? ""),
      numbers,
      differs: others.map((other, i) => (first && other && sameReference(i) ? isReal(first, other) : undefined)),
    };
  });
}

function isReal(a: EvaluationNumber, b: EvaluationNumber): boolean | undefined {
  if (a.counts.real !== b.counts.real || a.counts.fake !== b.counts.fake) return undefined;
  const half = ({ interval: { low, high } }: EvaluationNumber): number | undefined =>
    low === null || high === null ? undefined : (high - low) / 2;
  const [h, g] = [half(a), half(b)];
  return h === undefined || g === undefined ? undefined : Math.abs(a.value - b.value) > Math.hypot(h, g);
}

/** For a terminal: a line a metric, `*` where a number differs from the first evaluation's, `?` where that is not known. */
export function comparedText(titles: readonly string[], metrics: readonly ComparedMetric[]): string {
  const cell = (number: EvaluationNumber | undefined, mark: string): string =>
    number ? `${number.printed.value} [${number.printed.low}, ${number.printed.high}]${mark}` : "–";
  const lines = metrics.map(({ metric, protocol, features, numbers, differs }) => [
    metric,
    ...numbers.map((number, i) =>
      cell(number, i === 0 ? "" : differs[i - 1] === undefined ? " ?" : differs[i - 1] ? " *" : ""),
    ),
    `${protocol}, ${features}`,
  ]);
  const all = [["metric", ...titles, "protocol"], ...lines];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => (line[column] ?? "").length))) ?? [];
  const text = all.map((line) =>
    line
      .map((word, column) => word.padEnd(widths[column] as number))
      .join("  ")
      .trimEnd(),
  );
  return [
    ...text,
    "* differs from the first by more than chance   ? counts, reference or intervals do not allow to say",
  ].join("\n");
}
