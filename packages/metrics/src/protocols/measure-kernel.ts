import type { MetricNumber } from "@gmem/spec";
import { GMemError, type NDArray, takeRows } from "@gmem/tensor";
import { gaussianDiscrepancy } from "../kernel/gaussian-discrepancy.ts";
import { kernelDistance } from "../kernel/kernel-distance.ts";
import { kernelSubsets } from "../kernel/kernel-subsets.ts";
import { openDraws } from "../random/draws.ts";
import { studentInterval } from "../student.ts";
import type { Context } from "./context.ts";
import type { KernelProtocol } from "./protocol.ts";
import { bothFeatures } from "./sides.ts";

/** Half samples that intervals of kernel distances are made of. */
const halves = 20;

/** KID. */
export async function measureKernel(context: Context): Promise<MetricNumber> {
  const { protocol, engine, level, seed } = context;
  const pair = bothFeatures(context.sides);
  const rows = counts(pair);
  const { subsets: count, size, generator, drawnFirst, fewer, products } = protocol.kernel as KernelProtocol;
  const fewest = Math.min(...rows);
  if (fewest < 2) throw new GMemError("DATA", `KID: needs at least 2 images a side, got ${fewest}`);
  if (fewer === "refused" && fewest < size)
    throw new GMemError(
      "DATA",
      `KID: "${protocol.name}" needs ${size} images a side, got ${fewest}; use clean-fid or dgm-eval`,
    );
  const taken = Math.min(size, fewest);
  const order = drawnFirst === "real" ? "first" : "second";
  const subsets = kernelSubsets(openDraws(generator, seed), { rows, count, size: taken, drawnFirst: order });
  const arithmetic = products === "float64" && engine && !engine.dtypes.has("f64") ? "float32" : products;
  const found = await kernelDistance(...pair, { subsets, engine, products: arithmetic });
  const of = async (a: NDArray<"f32">, b: NDArray<"f32">): Promise<number> => {
    const whole = [
      Int32Array.from({ length: a.shape[0] as number }, (_, i) => i),
      Int32Array.from({ length: b.shape[0] as number }, (_, i) => i),
    ] as const;
    return (await kernelDistance(a, b, { subsets: [whole], engine })).mean;
  };
  const error = await halfSampleError(pair, { of, size: Math.min(fewest, 2 * size), seed });
  const { low, high } = studentInterval(found.mean, { error, degrees: halves - 1, level });
  return {
    metric: "KID",
    value: found.mean,
    interval: { low, high, method: `${halves} half samples` },
    counts: { real: rows[0], fake: rows[1] },
    seed,
    options: {
      ...context.seen,
      subsets: count,
      "subset size": taken,
      generator,
      "drawn first": drawnFirst,
      products: arithmetic,
      deviation: found.deviation,
    },
    warnings: [
      ...(found.note === undefined ? [] : [found.note]),
      ...(found.mean < 0 ? ["below 0, as an unbiased estimate of a small distance may be"] : []),
    ],
  };
}

/** Images of a batch of the original CMMD, which leaves out those of a last one that is not full. */
const originalBatch = 32;

/** CMMD; of features whose encoder should be CLIP L/14 at 336 pixels. */
export async function measureGaussian(context: Context, partial: "kept" | "dropped"): Promise<MetricNumber> {
  const { engine, level, seed } = context;
  const all = bothFeatures(context.sides);
  const pair = partial === "kept" ? all : ([wholeBatches(all[0]), wholeBatches(all[1])] as const);
  const rows = counts(pair);
  const of = (a: NDArray<"f32">, b: NDArray<"f32">): Promise<number> => gaussianDiscrepancy(a, b, { engine });
  const value = await of(...pair);
  const error = await halfSampleError(pair, { of, size: Math.min(...rows), seed });
  const { low, high } = studentInterval(value, { error, degrees: halves - 1, level });
  return {
    metric: "CMMD",
    value,
    interval: { low: Math.max(0, low), high, method: `${halves} half samples` },
    counts: { real: rows[0], fake: rows[1] },
    options: { ...context.seen, sigma: 10, scale: 1000, estimator: "biased", "partial batch": partial },
    warnings:
      Math.min(...rows) < 1000
        ? [`${Math.min(...rows)} images: the biased estimate is above 0 for equal sets too`]
        : [],
  };
}

/** @throws {GMemError} code `DATA` if that leaves nothing. */
function wholeBatches(rows: NDArray<"f32">): NDArray<"f32"> {
  const [n = 0] = rows.shape;
  const count = n - (n % originalBatch);
  if (count === 0)
    throw new GMemError(
      "DATA",
      `CMMD: the original drops a last batch below ${originalBatch}, got ${n} images; use cmmd`,
    );
  return takeRows(
    rows,
    Int32Array.from({ length: count }, (_, i) => i),
  );
}

/**
 * Standard error from random subsets of h rows: their variance, with what is left out, 1 − h/N, and the size, h/N, put right
 * (Politis, Romano & Wolf 1999, § 2). For h = N/2 both cancel.
 */
async function halfSampleError(
  pair: readonly [NDArray<"f32">, NDArray<"f32">],
  how: {
    readonly of: (a: NDArray<"f32">, b: NDArray<"f32">) => Promise<number>;
    readonly size: number;
    readonly seed: number;
  },
): Promise<number> {
  const { of, size, seed } = how;
  const rows = counts(pair);
  const half = Math.max(2, Math.floor(size / 2));
  const drawn = kernelSubsets(openDraws("gmem", seed), { rows, count: halves, size: half });
  const values: number[] = [];
  for (const [a, b] of drawn) values.push(await of(takeRows(pair[0], a), takeRows(pair[1], b)));
  const mean = values.reduce((sum, value) => sum + value, 0) / halves;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (halves - 1);
  const left = Math.max(1 - half / Math.min(...rows), 1 / Math.min(...rows)); // share that a draw of half leaves out
  return Math.sqrt((variance / left) * (half / Math.min(...rows)));
}

const counts = ([a, b]: readonly [NDArray<"f32">, NDArray<"f32">]): readonly [number, number] => [
  a.shape[0] as number,
  b.shape[0] as number,
];
