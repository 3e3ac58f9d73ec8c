import type { MetricNumber } from "@gmem/spec";
import { type NDArray, takeRows } from "@gmem/tensor";
import { bootstrapInterval, type Interval, wilsonInterval } from "../intervals.ts";
import { authenticity } from "../neighbours/authenticity.ts";
import { precisionRecall } from "../neighbours/precision-recall.ts";
import { openDraws } from "../random/draws.ts";
import type { Context } from "./context.ts";
import type { NeighbourProtocol } from "./protocol.ts";
import { bothFeatures } from "./sides.ts";

/** Precision, recall, density and coverage, from one pass over the pairs. */
export async function measureNeighbours(context: Context): Promise<readonly MetricNumber[]> {
  const { protocol, sides, engine, level, seed } = context;
  const how = protocol.neighbours as NeighbourProtocol;
  const { neighbours, inside, float16, rows } = how;
  const all = bothFeatures(sides);
  const draws = openDraws("numpy", seed);
  const most = rows === undefined ? undefined : Math.min(rows, ...all.map(({ shape }) => shape[0] as number));
  const drawn = (side: NDArray<"f32">): NDArray<"f32"> =>
    most === undefined ? side : takeRows(side, draws.choice(side.shape[0] as number, most));
  const [real, fake] = [drawn(all[0]), drawn(all[1])];
  const found = await precisionRecall(real, fake, { neighbours, inside, float16, engine });
  const [n, m] = [real.shape[0] as number, fake.shape[0] as number];
  const share = (value: number, of: number): Interval => wilsonInterval(Math.round(value * of), of, { level });
  const { low, high } = bootstrapInterval(
    Float64Array.from(found.holders, (count) => count / neighbours),
    { level, seed },
  );
  const result = (
    metric: string,
    value: number,
    { low, high, method }: { low: number; high: number; method: string },
  ): MetricNumber => ({
    metric,
    value,
    interval: { low, high, method },
    counts: { real: n, fake: m },
    ...(most === undefined ? {} : { seed }),
    options: {
      ...context.seen,
      neighbours,
      inside,
      distances: float16 ? "float16" : "exact",
      ...(rows === undefined ? {} : { "at most": rows }),
    },
    warnings: [
      ...(n !== m ? [`counts differ, ${n} real and ${m} fake: both shares depend on them`] : []),
      ...(how.features !== undefined && how.features !== context.features
        ? [`"${protocol.name}" takes these of ${how.features} by default, here they are of ${context.features}`]
        : []),
      ...(Math.min(n, m) < 1000 ? [`${Math.min(n, m)} images a side are few: neighbourhoods are wide`] : []),
    ],
  });
  return [
    result("precision", found.precision, { ...share(found.precision, m), method: "Wilson" }),
    result("recall", found.recall, { ...share(found.recall, n), method: "Wilson" }),
    result("density", found.density, { low, high, method: "bootstrap over images" }),
    result("coverage", found.coverage, { ...share(found.coverage, n), method: "Wilson" }),
  ];
}

/** AuthPct of the fake images; the real ones are those trained on. */
export async function measureAuthenticity(context: Context): Promise<MetricNumber> {
  const { sides, engine, level } = context;
  const [train, samples] = bothFeatures(sides);
  const { share, authentic } = await authenticity(train, samples, { engine });
  const { low, high } = wilsonInterval(authentic.filter(Boolean).length, authentic.length, { level });
  return {
    metric: "AuthPct",
    value: 100 * share,
    interval: { low: 100 * low, high: 100 * high, method: "Wilson" },
    counts: { real: train.shape[0] as number, fake: authentic.length },
    options: { ...context.seen },
    warnings: [],
  };
}
