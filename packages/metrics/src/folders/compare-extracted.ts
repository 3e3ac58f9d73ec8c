import type { FeatureExtractor, Metric, MetricResult, MetricSide } from "@gmem/spec";
import { type Engine, stopIfAborted } from "@gmem/tensor";
import type { MetricName } from "../protocols/built-in-metrics.ts";
import { measure } from "../protocols/measure.ts";
import type { ProtocolName } from "../protocols/protocol.ts";
import { protocols } from "../protocols/protocols.ts";
import { applicableMetrics, type LeftOutMetric } from "./applicable-metrics.ts";
import type { ExtractedSet } from "./extract-features.ts";
import type { ReadingOptions } from "./pictures.ts";
import { checkStatisticsOf, type StoredStatistics } from "./stored-statistics.ts";

export interface MeasuringOptions extends ReadingOptions {
  /** Whose features the sides have. */
  readonly extractors: readonly Pick<FeatureExtractor, "name" | "id">[];
  /** Default: all that the features allow. */
  readonly metrics?: readonly MetricName[] | undefined;
  /** Of somebody else, computed of every extractor whose features they can do with. */
  readonly ownMetrics?: readonly Metric[] | undefined;
  /** Metrics that were asked for and cannot be computed here: refuse them (the default), or leave them out and say so. */
  readonly onMissing?: "refuse" | "leave-out";
  /** Default `adm` of Inception's features, as the published numbers, and `dgm-eval` of others, which has most metrics. */
  readonly protocol?: ProtocolName | undefined;
  readonly engine?: Engine;
  /** Of what is drawn, where the protocol has no seed of its own; default 0. */
  readonly seed?: number;
  /** Confidence of intervals; default 0.95. */
  readonly level?: number;
}

/** A side of a comparison: pictures, statistics or, as ADM's references, both. */
export interface ComparedSide {
  readonly path: string;
  readonly set?: ExtractedSet;
  readonly statistics?: StoredStatistics;
}

/** Numbers of two sets of pictures. */
export interface Comparison {
  readonly results: readonly MetricResult[];
  /** Metrics that these features or this protocol lack, and what they take. */
  readonly leftOut: readonly LeftOutMetric[];
  readonly real: ComparedSide;
  readonly fake: ComparedSide;
}

/** The protocol that features are compared in where none is named. */
export const usualProtocol = (features: string): ProtocolName => (features === "inception" ? "adm" : "dgm-eval");

const frechet: ReadonlySet<MetricName> = new Set(["fid", "sfid", "fid-infinity"]);

/**
 * The numbers of two sides whose features are there, the first being real.
 * @throws {GMemError} code `CONFIG` for a metric that cannot be computed here, `DATA` for statistics of another extractor,
 * `ABORTED`.
 * @example
 * // no-run
 * const set = async (path: string) => ({ path, set: await extractFeatures(await pictureSource(path), { extractors }) });
 * const { results } = await compareExtracted(await set("photographs"), await set("samples"), { extractors, engine });
 */
export async function compareExtracted(
  real: ComparedSide,
  fake: ComparedSide,
  options: MeasuringOptions,
): Promise<Comparison> {
  const {
    extractors,
    protocol,
    metrics,
    ownMetrics = [],
    engine,
    seed = 0,
    level = 0.95,
    signal,
    onProgress,
  } = options;
  const results: MetricResult[] = [];
  const leftOut: LeftOutMetric[] = [];
  for (const { name, id } of extractors) {
    const [a, b] = [sideOf(real, name), sideOf(fake, name)];
    const width = (a.features ?? b.features)?.shape[1] ?? 0;
    for (const { path, statistics } of [real, fake]) if (statistics) checkStatisticsOf(path, statistics, { id, width });
    const way = protocols[protocol ?? usualProtocol(name)];
    const outputs = new Set(Object.keys((fake.set ?? real.set)?.features[name] ?? {}));
    const at = { protocol: way, name, outputs, real: rowsOf(a), fake: rowsOf(b) };
    const own = applicableMetrics(metrics, at, options.onMissing);
    leftOut.push(...own.leftOut.filter(({ metric }) => !leftOut.some((other) => other.metric === metric)));
    for (const metric of own.metrics) {
      stopIfAborted(signal, "folders: stopped by its signal");
      const done = own.metrics.indexOf(metric);
      onProgress?.({ stage: `metrics of ${name}`, done, total: own.metrics.length, note: metric });
      const given = frechet.has(metric) ? { real: statisticsFirst(a), fake: statisticsFirst(b) } : { real: a, fake: b };
      const how = { metrics: [metric], protocol: way.name, features: { name, id }, seed, level };
      results.push(...(await measure(given, { ...how, ...(engine && { engine }) })));
    }
    const how = { protocol: way.name, features: { name, id }, seed, level };
    for (const metric of ownMetrics)
      results.push(...(await measure({ real: a, fake: b }, { ...how, metrics: [metric], ...(engine && { engine }) })));
    const total = own.metrics.length;
    onProgress?.({ stage: `metrics of ${name}`, done: total, total, result: own.metrics.join(", ") });
  }
  const computed = new Set(results.map(({ metric }) => metric.toLowerCase()));
  return { results, leftOut: leftOut.filter(({ metric }) => !computed.has(metric)), real, fake };
}

/** What is known of a side under one extractor. */
function sideOf({ set, statistics }: ComparedSide, name: string): MetricSide {
  const { spatial } = statistics ?? {};
  return {
    ...set?.features[name],
    ...(set && { images: set.facts }),
    ...(statistics && { statistics: statistics.features, ...(spatial && { spatialStatistics: spatial }) }),
  };
}

/** Of a published reference the statistics are of the whole set, its pictures a part of it. */
function statisticsFirst(side: MetricSide): MetricSide {
  const { features, spatial, ...rest } = side;
  return {
    ...rest,
    ...(features && !rest.statistics && { features }),
    ...(spatial && !rest.spatialStatistics && { spatial }),
  };
}

const rowsOf = ({ features }: MetricSide): number => features?.shape[0] ?? 0;
