import type { EvaluationNumber } from "@gmem/report/evaluation";
import { didYouMean, GMemError } from "@gmem/tensor";

/** A budget for CI: `fid>10`, `precision<0.5`. */
export interface FailRule {
  readonly text: string;
  readonly metric: string;
  readonly above: boolean;
  readonly limit: number;
}

/** @throws {GMemError} code `CONFIG` for what is no rule. */
export function failRule(text: string): FailRule {
  const [, metric, sign, limit] = /^\s*([^<>]+?)\s*([<>])\s*(-?[\d.]+(?:e-?\d+)?)\s*$/i.exec(text) ?? [];
  if (metric === undefined || !Number.isFinite(Number(limit)))
    throw new GMemError("CONFIG", `--fail-if must be METRIC>NUMBER or METRIC<NUMBER, such as 'fid>10', got "${text}"`);
  return { text, metric, above: sign === ">", limit: Number(limit) };
}

/** What other pictures score in place of the model's is no result of it. */
export const controls = {
  floor: "held-out as samples",
  shuffled: "other prompts",
  ceiling: "real scenes of the prompts",
} as const;

const isControl = ({ against }: EvaluationNumber): boolean => Object.values<unknown>(controls).includes(against);

/** Letters and digits alone: `fid` is FID, `fd-random-vgg` FD-random-vgg, `fid∞` and `fid-infinity` FID∞. */
const plain = (metric: string): string =>
  metric
    .toLowerCase()
    .replace("∞", "infinity")
    .replace(/[^a-z\d]/g, "");

/**
 * The rules that hold, in words.
 * @throws {GMemError} code `CONFIG` for a rule about a number that there is not: a budget that nothing is held against.
 */
function broken(rules: readonly FailRule[], numbers: readonly EvaluationNumber[]): readonly string[] {
  return rules.flatMap(({ text, metric, above, limit }) => {
    const found = numbers.filter((number) => plain(number.metric) === plain(metric) && !isControl(number));
    const names = numbers.map((number) => number.metric);
    if (found.length === 0)
      throw new GMemError(
        "CONFIG",
        `--fail-if ${text}: must be about one of ${names.join(", ")}, got "${metric}".${didYouMean(metric, names)}`,
      );
    return found
      .filter(({ value }) => (above ? value > limit : value < limit))
      .map(({ metric: name, printed }) => `${text}: ${name} is ${printed.value}`);
  });
}

/** Says the rules that hold. @returns the exit code: 1 if one does. */
export function failed(rules: readonly FailRule[], numbers: readonly EvaluationNumber[]): number {
  const held = broken(rules, numbers);
  for (const text of held) process.stderr.write(`failed    ${text}\n`);
  return held.length > 0 ? 1 : 0;
}
