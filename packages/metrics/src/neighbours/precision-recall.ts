import { type Engine, GMemError, type NDArray } from "@gmem/tensor";
import { checkPair } from "../feature-pair.ts";
import { nearestRows } from "./nearest-rows.ts";
import { type PairBlock, type Pairs, pairsOf } from "./pair-blocks.ts";

/** Shares of samples and of real images that lie in the other's neighbourhoods. */
export interface PrecisionRecall {
  /** Share of fake rows inside a ball of a real one. */
  readonly precision: number;
  /** Share of real rows inside a ball of a fake one. */
  readonly recall: number;
  /** Mean number of real balls that hold a fake row, over k: above 1 where samples crowd into dense regions. */
  readonly density: number;
  /** Share of real balls that hold a fake row. */
  readonly coverage: number;
  /** Of every fake row the number of real balls that hold it. */
  readonly holders: Int32Array;
  /** Squared distance of every row to its k-th neighbour on its own side. */
  readonly radii: { readonly real: Float64Array; readonly fake: Float64Array };
}

export interface PrecisionRecallOptions {
  /** k; default 3. */
  readonly neighbours?: number;
  /** Whether a ball holds what lies exactly on its edge: `<=` (the default; Kynkäänniemi et al.) or `<` (Naeem et al.). */
  readonly inside?: "<=" | "<";
  /** Distances rounded to float16, as ADM's evaluator does; default false. */
  readonly float16?: boolean;
  /** Multiplies blocks in float32; what is too close to call is decided in float64. Without it all is float64, slower. */
  readonly engine?: Engine | undefined;
}

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020) of features [N,d] and
 * [M,d]; a row's ball reaches to its k-th nearest neighbour on its own side. Equal to comparing every pair in float64; memory
 * is bounded by blocks of 1,024 × 1,024 pairs.
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `DATA` unless both sides have more than k rows, `NON_FINITE`.
 * @example
 * const real = key(0).normal([50, 4]);
 * const { precision, recall, density, coverage } = await precisionRecall(real, real); // 1, 1, about 1, 1
 */
export async function precisionRecall(
  real: NDArray<"f32">,
  fake: NDArray<"f32">,
  options: PrecisionRecallOptions = {},
): Promise<PrecisionRecall> {
  const { neighbours: k = 3, inside = "<=", ...how } = options;
  checkPair("precisionRecall", [real, fake]);
  const [n, m] = [real.shape[0] as number, fake.shape[0] as number];
  if (!Number.isInteger(k) || k < 1 || Math.min(n, m) <= k)
    throw new GMemError(
      "DATA",
      `precisionRecall: both sides need more rows than neighbours = ${k}, got ${Math.min(n, m)}`,
    );
  const radiiOf = async (side: NDArray<"f32">): Promise<Float64Array> => {
    const { squared } = await nearestRows(side, side, { k, ...how });
    return Float64Array.from({ length: side.shape[0] as number }, (_, i) => squared[i * k + k - 1] as number);
  };
  const radii = { real: await radiiOf(real), fake: await radiiOf(fake) };
  const [holders, covered, recalled] = [new Int32Array(m), new Uint8Array(n), new Uint8Array(n)];
  const pairs = pairsOf(real, fake, how);
  const balls = { pairs, inside, radii, holders, covered, recalled };
  try {
    for await (const block of pairs.blocks()) lookThrough(block, balls);
  } finally {
    await pairs.dispose();
  }
  const share = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0) / flags.length;
  return {
    precision: holders.reduce((sum, count) => sum + Number(count > 0), 0) / m,
    recall: share(recalled),
    density: holders.reduce((sum, count) => sum + count, 0) / (k * m),
    coverage: share(covered),
    holders,
    radii,
  };
}

interface Balls extends Pick<PrecisionRecall, "holders" | "radii"> {
  readonly pairs: Pairs;
  readonly inside: "<=" | "<";
  /** Of real rows that a fake row's ball holds, and of those whose ball holds one. */
  readonly covered: Uint8Array;
  readonly recalled: Uint8Array;
}

/** Marks the rows of a block that lie in each other's balls; a pair within the slack of a radius goes by its exact distance. */
function lookThrough(block: PairBlock, { pairs, inside, radii, holders, covered, recalled }: Balls): void {
  const { fromX, fromY, rows, columns, values } = block;
  const { unit, normsX, normsY, leastY, scale } = pairs;
  const { real, fake } = radii;
  const holds = (distance: number, radius: number): boolean =>
    inside === "<=" ? distance <= radius : distance < radius;
  for (let a = 0, at = 0; a < rows; a++) {
    const i = fromX + a;
    const radius = real[i] as number;
    const norm = normsX[i] as number;
    const own = (1 - unit) * norm;
    for (let j = fromY; j < fromY + columns; j++, at++) {
      const product = scale * (values[at] as number);
      const low = own + (leastY[j] as number) + product;
      const other = fake[j] as number;
      if (low > radius && low > other) continue;
      const sum = norm + (normsY[j] as number);
      const slack = unit * sum;
      const value = sum + product;
      const near = Math.abs(value - radius) <= slack || Math.abs(value - other) <= slack;
      const distance = near && unit > 0 ? pairs.exact(i, j) : value;
      if (holds(distance, radius)) {
        holders[j] = (holders[j] as number) + 1;
        covered[i] = 1;
      }
      if (holds(distance, other)) recalled[i] = 1;
    }
  }
}
