import type { FeatureStatistics, MetricNumber } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { featureStatistics } from "../frechet/feature-statistics.ts";
import { frechetAgainstSize } from "../frechet/frechet-against-size.ts";
import { frechetDistance } from "../frechet/frechet-distance.ts";
import { type FrechetSide, frechetInterval, groupsOf } from "../frechet/group-jackknife.ts";
import { openDraws } from "../random/draws.ts";
import type { Context } from "./context.ts";
import { given, rowsOrStatistics } from "./sides.ts";
import { frechetWarnings } from "./warnings.ts";

/** Fréchet distance of features, or of sFID's spatial ones. */
export async function measureFrechet(
  context: Context,
  kind: "statistics" | "spatialStatistics",
): Promise<MetricNumber> {
  const { protocol, engine, level, sides, features } = context;
  const metric = kind === "spatialStatistics" ? "sFID" : features === "inception" ? "FID" : `FD-${features}`;
  const both = [rowsOrStatistics(sides, "real", kind), rowsOrStatistics(sides, "fake", kind)] as const;
  const [a, b] = [await statisticsIn(context, both[0]), await statisticsIn(context, both[1])];
  const value = await frechetDistance(a, b, engine ? { engine } : {});
  const groups = groupsOf(a.mean.length);
  const rows = both.flatMap((of) => ("data" in of ? [of.shape[0] as number] : []));
  const enough = rows.length > 0 && Math.min(...rows) >= 2 * groups;
  const { low, high } = enough
    ? await frechetInterval(both, { engine, value, groups, level })
    : { low: 0, high: Number.POSITIVE_INFINITY };
  return {
    metric,
    value,
    interval: { low, high, method: enough ? `jackknife of ${groups} groups` : "none" },
    counts: { real: a.count, fake: b.count },
    options: { ...context.seen, mean: protocol.mean },
    warnings: [
      ...frechetWarnings([a.count, b.count], a.mean.length),
      ...(enough
        ? []
        : [`no interval: it needs the features of at least ${2 * groups} images, statistics do not suffice`]),
    ],
  };
}

/** Statistics as the protocol makes them. */
const statisticsIn = async ({ engine, protocol }: Context, side: FrechetSide): Promise<FeatureStatistics> =>
  "data" in side ? featureStatistics(side, { engine, mean: protocol.mean }) : side;

/** FID∞ of the fake features against the whole reference. */
export async function measureInfinite(context: Context): Promise<MetricNumber> {
  const { engine, level, sides, features } = context;
  const metric = features === "inception" ? "FID∞" : `FD∞-${features}`;
  const fake = given(sides, "fake", "features");
  const reference = await statisticsIn(context, rowsOrStatistics(sides, "real", "statistics"));
  const [m = 0, d = 0] = fake.shape;
  if (m < 30) throw new GMemError("DATA", `${metric}: needs at least 30 fake images, got ${m}`);
  const seed = context.seed;
  const { infinite, points } = await frechetAgainstSize(reference, fake, {
    draws: openDraws("numpy", seed),
    engine,
    level,
  });
  return {
    metric,
    value: infinite.value,
    interval: { low: infinite.low, high: infinite.high, method: "regression on 1/N" },
    counts: { real: reference.count, fake: m },
    seed,
    options: { ...context.seen, points: points.length, smallest: points[0]?.n ?? 0 },
    points: points.map(({ n, distance }) => ({ n, value: distance })),
    warnings:
      (points[0]?.n ?? 0) <= d
        ? [`the smallest subset has ${points[0]?.n} rows for ${d} features: the line bends there`]
        : [],
  };
}
