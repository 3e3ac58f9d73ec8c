import type { Engine, NDArray } from "@gmem/tensor";
import { type Interval, wilsonInterval } from "../intervals.ts";
import { type NearestRows, nearestRows } from "./nearest-rows.ts";

/** How near samples come to the pictures that a model was trained on, beside pictures that it never saw. */
export interface Memorisation {
  /** Training rows of each sample, [M,k]. */
  readonly nearest: NearestRows;
  /** Distance of each sample, and of each held-out row, to its nearest training row. */
  readonly samples: Float64Array;
  readonly heldOut: Float64Array;
  /** The distance that 5 % of the held-out rows are within. */
  readonly limit: number;
  /** Share of samples within it: 0.05 where samples are no nearer than new pictures. */
  readonly closer: Interval;
}

/**
 * Compares distances of samples [M,d] to training rows [N,d] with those of held-out rows [H,d]: the threshold comes from
 * pictures that cannot be copies, so that near duplicates in the data count for neither side.
 * @param options.k Training rows that are found for each sample; default 3.
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `NON_FINITE`.
 * @example
 * const [train, heldOut] = [key(0).normal([200, 4]), key(1).normal([100, 4])];
 * const { closer } = await memorisation({ train, heldOut, samples: train }); // 1: all copies
 */
export async function memorisation(
  of: { readonly train: NDArray<"f32">; readonly heldOut: NDArray<"f32">; readonly samples: NDArray<"f32"> },
  options: { readonly k?: number; readonly engine?: Engine | undefined; readonly level?: number } = {},
): Promise<Memorisation> {
  const { k = 3, engine, level = 0.95 } = options;
  const rows = Math.min(k, of.train.shape[0] as number);
  const nearest = await nearestRows({ ...of.samples }, of.train, { k: rows, engine });
  const others = await nearestRows({ ...of.heldOut }, of.train, { k: 1, engine });
  const heldOut = others.squared.map(Math.sqrt);
  const samples = Float64Array.from({ length: nearest.squared.length / rows }, (_, i) =>
    Math.sqrt(nearest.squared[i * rows] as number),
  );
  const sorted = heldOut.slice().sort();
  const limit = sorted[Math.floor(0.05 * sorted.length)] as number;
  const within = samples.filter((distance) => distance < limit).length;
  return { nearest, samples, heldOut, limit, closer: wilsonInterval(within, samples.length, { level }) };
}
