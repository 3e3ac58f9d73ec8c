import type { Metric, MetricInput, MetricNumber } from "@gmem/spec";
import { type Context, openContext } from "./context.ts";
import { measureFrechet, measureInfinite } from "./measure-frechet.ts";
import { measureGaussian, measureKernel } from "./measure-kernel.ts";
import { measureAuthenticity, measureNeighbours } from "./measure-neighbours.ts";
import { measureScore } from "./measure-score.ts";
import { measureSimilarity } from "./measure-similarity.ts";
import type { Protocol } from "./protocol.ts";
import { protocols } from "./protocols.ts";

/** Metrics by the names that they are asked for. */
export type MetricName =
  | "fid"
  | "sfid"
  | "is"
  | "kid"
  | "prdc"
  | "fid-infinity"
  | "cmmd"
  | "cmmd-original"
  | "authpct"
  | "ssim";

type Numbers = readonly MetricNumber[];

const metric = (
  name: MetricName,
  needs: Metric["needs"],
  how: { readonly of: (context: Context) => Numbers | Promise<Numbers>; readonly by?: (protocol: Protocol) => unknown },
): Metric => ({
  name,
  needs,
  ...(how.by && { protocols: Object.values(protocols).flatMap((one) => (how.by?.(one) ? [one.name] : [])) }),
  measure: (sides, context) => how.of(openContext(sides, context)),
});

const both = (input: MetricInput): Metric["needs"] => ({ real: [input], fake: [input] });

/**
 * The metrics of this package, by name, each a `Metric` as anybody's own: what it needs of either side, and which protocols
 * define it, can be asked before anything is computed.
 * @example
 * builtInMetrics["fid-infinity"].needs; // { real: ["statistics"], fake: ["features"] }
 * builtInMetrics.sfid.protocols; // ["adm"]
 */
export const builtInMetrics: Readonly<Record<MetricName, Metric>> = {
  fid: metric("fid", both("statistics"), { of: async (context) => [await measureFrechet(context, "statistics")] }),
  sfid: metric("sfid", both("spatialStatistics"), {
    of: async (context) => [await measureFrechet(context, "spatialStatistics")],
    by: ({ spatial }) => spatial,
  }),
  is: metric(
    "is",
    { real: [], fake: ["logits"] },
    {
      of: (context) => [measureScore(context)],
      by: ({ score }) => score,
    },
  ),
  kid: metric("kid", both("features"), {
    of: async (context) => [await measureKernel(context)],
    by: ({ kernel }) => kernel,
  }),
  prdc: metric("prdc", both("features"), { of: measureNeighbours, by: ({ neighbours }) => neighbours }),
  "fid-infinity": metric(
    "fid-infinity",
    { real: ["statistics"], fake: ["features"] },
    {
      of: async (context) => [await measureInfinite(context)],
    },
  ),
  cmmd: metric("cmmd", both("features"), { of: async (context) => [await measureGaussian(context, "kept")] }),
  "cmmd-original": metric("cmmd-original", both("features"), {
    of: async (context) => [await measureGaussian(context, "dropped")],
  }),
  authpct: metric("authpct", both("features"), { of: async (context) => [await measureAuthenticity(context)] }),
  ssim: metric("ssim", both("pictures"), {
    of: async (context) => [await measureSimilarity(context)],
    by: ({ similarity }) => similarity,
  }),
};
