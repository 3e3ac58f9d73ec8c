import type { FeatureExtractor, Metric, MetricContext, MetricNumber, MetricResult, MetricSides } from "@gmem/spec";
import { checkOptions, didYouMean, type Engine, GMemError, type OptionTable } from "@gmem/tensor";
import { builtInMetrics, type MetricName } from "./built-in-metrics.ts";
import type { ProtocolName } from "./protocol.ts";
import { protocols } from "./protocols.ts";
import { checkSide } from "./sides.ts";
import { imageWarnings } from "./warnings.ts";

export interface MeasureOptions {
  /** Names, and metrics of anybody's own. */
  readonly metrics: readonly (MetricName | Metric)[];
  /** Whose way of computing; default `adm`, as the published numbers. */
  readonly protocol?: ProtocolName;
  /** Whose features they are, which names the numbers; default `inception`. Of any other the Fréchet distance is no FID. */
  readonly features?: string | Pick<FeatureExtractor, "name" | "id">;
  readonly engine?: Engine;
  /** Of what is drawn, where the protocol has no seed of its own; default 0. */
  readonly seed?: number;
  /** Confidence of intervals; default 0.95. */
  readonly level?: number;
}

const table: OptionTable<MeasureOptions> = {
  metrics: "required",
  protocol: "optional",
  features: "optional",
  engine: "optional",
  seed: "optional",
  level: "optional",
};

/**
 * Metrics of two sets of images by an evaluator's protocol, each with interval, counts, seed, options and warnings. `prdc`
 * gives precision, recall, density and coverage of one pass.
 * @throws {GMemError} code `CONFIG` for a metric or protocol that it does not know, a metric that the protocol lacks, or
 * Inception's features by another resize than the protocol's; `DATA` for a side without what a metric needs, before anything
 * is computed, or with too few rows; `NON_FINITE`. @throws {ShapeError} if widths differ.
 * @example
 * const [real, fake] = [key(0).normal([200, 4]), key(1).normal([200, 4])];
 * const [fid] = await measure({ real: { features: real }, fake: { features: fake } }, { metrics: ["fid"] });
 * `${fid?.metric} ${fid?.value} from ${fid?.interval.low} to ${fid?.interval.high}`;
 */
export async function measure(sides: MetricSides, options: MeasureOptions): Promise<readonly MetricResult[]> {
  checkOptions("measure", options, table);
  const { protocol = "adm", features = "inception", engine, seed = 0, level = 0.95 } = options;
  known("protocol", protocol, Object.keys(protocols));
  if (!(level > 0 && level < 1)) throw new GMemError("CONFIG", `measure: level must be in (0, 1), got ${level}`);
  const metrics = options.metrics.map(metricOf);
  for (const { name, protocols: ways = [protocol] } of metrics)
    if (!ways.includes(protocol))
      throw new GMemError(
        "CONFIG",
        `measure: ${name} is not part of the protocol "${protocol}"; use ${ways.join(" or ")}`,
      );
  for (const { name, needs } of metrics)
    for (const side of ["real", "fake"] as const)
      for (const input of needs[side]) checkSide(name, side, { sides, input });
  const whose = typeof features === "string" ? { name: features, id: features } : features;
  const context: MetricContext = { engine, level, seed, protocol, features: whose };
  const warnings = imageWarnings(sides);
  const results: MetricResult[] = [];
  for (const metric of metrics)
    for (const found of await metric.measure(sides, context)) {
      checkNumber(metric, found);
      results.push({
        ...found,
        protocol,
        interval: { ...found.interval, level },
        warnings: [...found.warnings, ...warnings],
      });
    }
  return results;
}

/** A metric, or the one of that name. @throws {GMemError} code `CONFIG` for a name that it does not know. */
export function metricOf(metric: MetricName | Metric): Metric {
  if (typeof metric === "object") return metric;
  known("metric", metric, Object.keys(builtInMetrics));
  return builtInMetrics[metric];
}

/** Infinite bounds say that there is no interval. */
function checkNumber({ name }: Metric, { metric, value, interval: { low, high } }: MetricNumber): void {
  if (Number.isFinite(value) && low <= high) return;
  throw new GMemError(
    "NON_FINITE",
    `${name}: ${metric} must be finite with an interval, got ${value} in [${low}, ${high}]; correct the metric`,
  );
}

function known(what: string, name: string, names: readonly string[]): void {
  if (!names.includes(name))
    throw new GMemError(
      "CONFIG",
      `measure: ${what} must be one of ${names.join(", ")}, got "${name}".${didYouMean(name, names)}`,
    );
}
