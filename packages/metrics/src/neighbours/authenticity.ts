import { type Engine, GMemError, type NDArray } from "@gmem/tensor";
import { checkPair } from "../feature-pair.ts";
import { nearestRows } from "./nearest-rows.ts";

/** What looks copied from the training set, sample by sample. */
export interface Authenticity {
  /** Share of samples that are farther from their nearest training row than that row is from any other one. */
  readonly share: number;
  /** Of every sample whether it is so. */
  readonly authentic: readonly boolean[];
  /** Of every sample its nearest training row, for a page of pairs. */
  readonly nearest: Int32Array;
  /** Distance to it. */
  readonly distances: Float64Array;
}

/**
 * Authenticity (Alaa et al. 2022) of samples [M,d] against training features [N,d]: a sample nearer to a training row than
 * that row's own neighbour looks copied. AuthPct is 100 times the share.
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `DATA` for fewer than two training rows, `NON_FINITE`.
 * @example
 * const train = key(0).normal([50, 4]);
 * const { share } = await authenticity(train, train); // 0: all copies
 */
export async function authenticity(
  train: NDArray<"f32">,
  samples: NDArray<"f32">,
  options: { readonly engine?: Engine | undefined } = {},
): Promise<Authenticity> {
  checkPair("authenticity", [train, samples]);
  if ((train.shape[0] as number) < 2 || (samples.shape[0] as number) < 1)
    throw new GMemError(
      "DATA",
      `authenticity: needs at least 2 training rows and a sample, got ${train.shape[0]} and ${samples.shape[0]}`,
    );
  const own = await nearestRows(train, train, { k: 1, ...options });
  const { rows: nearest, squared } = await nearestRows(copyOf(samples), train, { k: 1, ...options });
  const authentic = Array.from(nearest, (row, j) => (own.squared[row] as number) < (squared[j] as number));
  const count = authentic.filter(Boolean).length;
  return { share: count / authentic.length, authentic, nearest, distances: squared.map(Math.sqrt) };
}

/** The same rows as another set: of samples that are the training set itself each row is compared with itself too. */
const copyOf = (rows: NDArray<"f32">): NDArray<"f32"> => ({ ...rows });
