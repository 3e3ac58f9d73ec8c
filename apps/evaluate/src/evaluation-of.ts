import { createRequire } from "node:module";
import type { ComparedSide, Comparison } from "@gmem/metrics/folders";
import type { EvaluatedSide, Evaluation, EvaluationNumber } from "@gmem/report/evaluation";
import {
  type PublishedSet,
  printedNumber,
  publishedNumbers,
  publishedSamples,
  publishedSetting,
} from "@gmem/report/evaluation";

import { array } from "@gmem/tensor";
import { contentHash } from "@gmem/weights";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

/** What a result was computed by. */
export const versionsNow = (): Evaluation["versions"] => ({
  "@gmem/evaluate": version,
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
});

/** The result file of a comparison. */
export function evaluationOf(
  title: string,
  comparison: Comparison,
  options: { readonly paper?: PublishedSet | undefined } = {},
): Evaluation {
  return {
    format: "gmem-evaluation-1",
    title,
    real: sideOf(comparison.real),
    fake: sideOf(comparison.fake),
    numbers: comparison.results.map((result) => numberOf(result, options.paper)),
    leftOut: comparison.leftOut,
    versions: versionsNow(),
  };
}

/** A result as it is printed, with what the paper has for it. */
export function numberOf(result: Comparison["results"][number], paper?: PublishedSet): EvaluationNumber {
  const published = paper === undefined ? [] : publishedNumbers(paper, result.metric);
  const { interval, value } = result;
  const ends = { low: finite(interval.low), high: finite(interval.high) };
  const unknown = interval.method === "none";
  const bounds = unknown ? { low: null, high: null } : ends;
  return {
    ...result,
    interval: { ...interval, ...bounds },
    printed: printedNumber(value, bounds),
    ...(paper !== undefined &&
      published.length > 0 && {
        published,
        warnings: [...result.warnings, ...settingOf(paper, result.counts.fake)],
      }),
  };
}

/** What has to agree for a comparison with the paper. */
function settingOf(paper: PublishedSet, samples: number): readonly string[] {
  const theirs = publishedSamples(paper);
  const other = theirs === undefined || theirs === samples ? "" : `; ${samples} samples here`;
  return [`the paper's numbers are of ${publishedSetting(paper)}${other}`];
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function sideOf({ path, set, statistics }: ComparedSide): EvaluatedSide {
  const { sizes = {}, formats = {}, leftOut = [], ids = [] } = set?.facts ?? {};
  const mean = statistics?.features.mean;
  const content = mean ? contentHash({ mean: array(mean, [mean.length], "f64") }) : set?.content;
  const left = leftOut.map(({ file, reason }) => `${file}: ${reason}`);
  return {
    path,
    ...(content !== undefined && { content }),
    pictures: set ? ids.length : (statistics?.features.count ?? 0),
    sizes,
    formats,
    leftOut: left,
  };
}
