import type { MetricName } from "@gmem/metrics";
import {
  type ComparedSide,
  type Comparison,
  compareSets,
  extractorWeights,
  metricNames,
  pictureSource,
} from "@gmem/metrics/folders";
import { type Evaluation, evaluationText, type PublishedSet, publishedSets } from "@gmem/report/evaluation";
import { didYouMean, GMemError } from "@gmem/tensor";
import { say } from "@gmem/terminal";
import type { ShareFlags } from "@gmem/workers";
import { evaluationOf } from "../evaluation-of.ts";
import { failed, failRule } from "../fail-rules.ts";
import { pageOf, type SeenSide, sharesOf } from "../page-of.ts";
import { openReading, type Reading, type ReadingFlags } from "../reading.ts";
import { shareFolders } from "../share-features.ts";
import { writeEvaluation } from "../write-evaluation.ts";

export interface FoldersFlags extends ReadingFlags, ShareFlags {
  readonly metrics?: string;
  readonly seed: number;
  readonly level: number;
  readonly out?: string;
  readonly paper?: string;
  readonly failIf?: readonly string[];
}

/** `gmem-evaluate folders`. @returns the exit code. */
export async function folders(real: string, fake: string, flags: FoldersFlags): Promise<number> {
  const { seed, level, out, json, failIf = [] } = flags;
  const metrics = flags.metrics === undefined ? undefined : metricsOf(flags.metrics);
  const rules = failIf.map(failRule);
  const paper = paperOf(flags.paper);
  const { close, ...reading } = await openReading(flags);
  try {
    if (!(await shareFolders([real, fake], { flags, reading }))) return 0;
    const comparison = await compareSets(real, fake, { ...reading, metrics, seed, level });
    const found = evaluationOf(`${fake} against ${real}`, comparison, { paper });
    const evaluation = out === undefined ? found : await written(out, found, { comparison, reading });
    say(
      json,
      evaluation,
      [evaluationText(evaluation), ...missingWeights(evaluation), ...(out ? [out] : [])].join("\n"),
    );
    return failed(rules, evaluation.numbers);
  } finally {
    await close();
  }
}

/** The result with what its distance comes from, written in every format with pictures. */
async function written(
  out: string,
  evaluation: Evaluation,
  { comparison, reading }: { readonly comparison: Comparison; readonly reading: Omit<Reading, "close"> },
): Promise<Evaluation> {
  const [real, fake] = [await seen(comparison.real, reading), await seen(comparison.fake, reading)];
  if (!real || !fake) {
    await writeEvaluation(out, evaluation, {});
    return evaluation;
  }
  const how = { ...reading, features: reading.extractors[0]?.name ?? "" };
  const whole = { ...evaluation, shares: await sharesOf(real.set, fake.set, how) };
  await writeEvaluation(out, whole, await pageOf(real, fake, how));
  return whole;
}

/** A side with its pictures; nothing for statistics alone. */
async function seen(
  { path, set }: ComparedSide,
  { onBad = "refuse" }: Pick<Reading, "onBad">,
): Promise<SeenSide | undefined> {
  return set && { source: await pictureSource(path, { onBad }), set };
}

/** @throws {GMemError} code `CONFIG` for a name that is no table's. */
export function paperOf(name: string | undefined): PublishedSet | undefined {
  if (name === undefined || (publishedSets as readonly string[]).includes(name))
    return name as PublishedSet | undefined;
  throw new GMemError(
    "CONFIG",
    `--paper must be one of ${publishedSets.join(", ")}, got "${name}".${didYouMean(name, publishedSets)}`,
  );
}

/** @throws {GMemError} code `CONFIG` for a name that is no metric's, with what may have been meant. */
export function metricsOf(list: string): readonly MetricName[] {
  return list.split(",").map((word) => {
    const name = word.trim().toLowerCase();
    if ((metricNames as readonly string[]).includes(name)) return name as MetricName;
    throw new GMemError(
      "CONFIG",
      `--metrics must be of ${metricNames.join(", ")}, got "${name}".${didYouMean(name, metricNames)}`,
    );
  });
}

/** Which file would bring what, for people who have no weights yet. */
function missingWeights({ numbers }: Evaluation): readonly string[] {
  const seen = new Set(numbers.map(({ options }) => String(options.features)));
  return Object.entries(extractorWeights).flatMap(([name, file]) =>
    [...seen].some((features) => features.startsWith(name))
      ? []
      : [`more      --features ${name}=FILE brings ${brings[name as keyof typeof brings]}: ${file}`],
  );
}

const brings = {
  inception: "FID, sFID, IS, and KID, precision and recall as published",
  dinov2: "FD-DINOv2",
  clip: "CMMD",
} as const;
