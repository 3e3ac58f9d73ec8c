import { didYouMean, type Engine, GMemError } from "@gmem/tensor";
import { type Context, openContext } from "./context.ts";
import { measureFrechet, measureInfinite } from "./measure-frechet.ts";
import { measureGaussian, measureKernel } from "./measure-kernel.ts";
import { measureAuthenticity, measureNeighbours } from "./measure-neighbours.ts";
import { measureScore } from "./measure-score.ts";
import type { ProtocolName } from "./protocol.ts";
import { protocols } from "./protocols.ts";
import type { MetricResult } from "./result.ts";
import type { MetricSides } from "./sides.ts";

/** Metrics of two sets of features, by the names that they are asked for. */
export type MetricName = "fid" | "sfid" | "is" | "kid" | "prdc" | "fid-infinity" | "cmmd" | "authpct";

export interface MeasureOptions {
  readonly metrics: readonly MetricName[];
  /** Whose way of computing; default `adm`, as the published numbers. */
  readonly protocol?: ProtocolName;
  /** Whose features they are, which names the numbers; default `inception`. Of any other the Fréchet distance is no FID. */
  readonly features?: string;
  readonly engine?: Engine;
  /** Of what is drawn, where the protocol has no seed of its own; default 0. */
  readonly seed?: number;
  /** Confidence of intervals; default 0.95. */
  readonly level?: number;
}

const measures: Readonly<Record<MetricName, (context: Context) => Promise<readonly MetricResult[]>>> = {
  fid: async (context) => [await measureFrechet(context, "features")],
  sfid: async (context) => [await measureFrechet(context, "spatial")],
  is: async (context) => [measureScore(context)],
  kid: async (context) => [await measureKernel(context)],
  prdc: measureNeighbours,
  "fid-infinity": async (context) => [await measureInfinite(context)],
  cmmd: async (context) => [await measureGaussian(context)],
  authpct: async (context) => [await measureAuthenticity(context)],
};

/**
 * Metrics of features by an evaluator's protocol, each with interval, counts, seed, options and warnings. `prdc` gives
 * precision, recall, density and coverage of one pass.
 * @throws {GMemError} code `CONFIG` for a metric or protocol that it does not know, or a metric that the protocol lacks;
 * `DATA` for a side without what a metric needs, or with too few rows; `NON_FINITE`. @throws {ShapeError} if widths differ.
 * @example
 * const [real, fake] = [key(0).normal([200, 4]), key(1).normal([200, 4])];
 * const [fid] = await measure({ real: { features: real }, fake: { features: fake } }, { metrics: ["fid"] });
 * `${fid?.metric} ${fid?.value} from ${fid?.interval.low} to ${fid?.interval.high}`;
 */
export async function measure(sides: MetricSides, options: MeasureOptions): Promise<readonly MetricResult[]> {
  const { metrics, protocol = "adm", features = "inception", engine, seed = 0, level = 0.95 } = options;
  known("protocol", protocol, Object.keys(protocols));
  for (const metric of metrics) known("metric", metric, Object.keys(measures));
  const context = openContext({ protocol: protocols[protocol], sides, engine, level, seed, features });
  const results: MetricResult[] = [];
  for (const metric of metrics) results.push(...(await measures[metric](context)));
  return results;
}

function known(what: string, name: string, names: readonly string[]): void {
  if (!names.includes(name))
    throw new GMemError(
      "CONFIG",
      `measure: ${what} must be one of ${names.join(", ")}, got "${name}".${didYouMean(name, names)}`,
    );
}
