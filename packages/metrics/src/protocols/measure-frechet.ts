import { GMemError } from "@gmem/tensor";
import { type FeatureStatistics, featureStatistics } from "../frechet/feature-statistics.ts";
import { frechetAgainstSize } from "../frechet/frechet-against-size.ts";
import { frechetDistance } from "../frechet/frechet-distance.ts";
import { type FrechetSide, frechetInterval, groupsOf } from "../frechet/group-jackknife.ts";
import { openDraws } from "../random/draws.ts";
import type { Context } from "./context.ts";
import type { MetricResult } from "./result.ts";
import { needed } from "./sides.ts";
import { frechetWarnings } from "./warnings.ts";

/** Fréchet distance of features, or of sFID's spatial ones. */
export async function measureFrechet(context: Context, kind: "features" | "spatial"): Promise<MetricResult> {
  const { protocol, engine, level, sides, features } = context;
  const metric = kind === "spatial" ? "sFID" : features === "inception" ? "FID" : `FD-${features}`;
  if (kind === "spatial" && !protocol.spatial) context.undefinedIn(metric);
  const side = (name: "real" | "fake"): FrechetSide => {
    const rows = sides[name][kind];
    const statistics = sides[name][kind === "spatial" ? "spatialStatistics" : "statistics"];
    return rows ?? statistics ?? needed(metric, name, { sides, kind });
  };
  const both = [side("real"), side("fake")] as const;
  const statistics = (of: FrechetSide): Promise<FeatureStatistics> | FeatureStatistics =>
    "data" in of ? featureStatistics(of, { engine, mean: protocol.mean }) : of;
  const [a, b] = [await statistics(both[0]), await statistics(both[1])];
  const value = await frechetDistance(a, b, engine ? { engine } : {});
  const groups = groupsOf(a.mean.length);
  const rows = both.flatMap((of) => ("data" in of ? [of.shape[0] as number] : []));
  const enough = rows.length > 0 && Math.min(...rows) >= 2 * groups;
  const { low, high } = enough
    ? await frechetInterval(both, { engine, value, groups, level })
    : { low: 0, high: Number.POSITIVE_INFINITY };
  return context.result({
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
  });
}

/** FID∞ of the fake features against the whole reference. */
export async function measureInfinite(context: Context): Promise<MetricResult> {
  const { protocol, engine, level, sides, features } = context;
  const metric = features === "inception" ? "FID∞" : `FD∞-${features}`;
  const fake = needed(metric, "fake", { sides, kind: "features" });
  const reference =
    sides.real.statistics ??
    (await featureStatistics(needed(metric, "real", { sides, kind: "features" }), { engine, mean: protocol.mean }));
  const [m = 0, d = 0] = fake.shape;
  if (m < 30) throw new GMemError("DATA", `${metric}: needs at least 30 fake images, got ${m}`);
  const seed = context.seed;
  const { infinite, points } = await frechetAgainstSize(reference, fake, {
    draws: openDraws("numpy", seed),
    engine,
    level,
  });
  return context.result({
    metric,
    value: infinite.value,
    interval: { low: infinite.low, high: infinite.high, method: "regression on 1/N" },
    counts: { real: reference.count, fake: m },
    seed,
    options: { ...context.seen, points: points.length, smallest: points[0]?.n ?? 0 },
    warnings:
      (points[0]?.n ?? 0) <= d
        ? [`the smallest subset has ${points[0]?.n} rows for ${d} features: the line bends there`]
        : [],
  });
}
