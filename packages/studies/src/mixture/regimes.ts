import type { Rng } from "@gmem/tensor";
import { drawMixture, type MixtureDraw, type MixtureSettings, meansOf, type Points } from "./gaussian-mixture.ts";
import type { Conditional } from "./posterior.ts";

/** How much a condition says (GMem § 3.2): nothing, the mean of the component, a noisy snippet nearby, x₀ itself. */
export type Regime = "unconditional" | "weak" | "gmem" | "strong";

export interface RegimeSettings extends MixtureSettings {
  readonly regime: Regime;
  /** Points of the training set. */
  readonly points: number;
  /** Of them, those in the memory. */
  readonly snippets: number;
  /** Standard deviation of ε' in c = s + ε'. */
  readonly noise: number;
}

/** A training set under a regime. */
export interface ConditionedMixture {
  readonly training: MixtureDraw;
  /** Conditions of points, [2n]; ε' is of the rng. */
  conditionsOf(draw: MixtureDraw, rng: Rng): Points;
  /** What x₀ is distributed by, given condition i. */
  given(conditions: Points, i: number): Conditional;
}

/** The variance that stands for knowing x₀. */
const known = 1e-6;

/** The training set of a seed, and conditions as the regime has them. */
export function conditionedMixture(settings: RegimeSettings, rng: Rng): ConditionedMixture {
  const { components, deviation, noise, snippets } = settings;
  const training = drawMixture(settings, { count: settings.points, rng: rng.split("training") });
  const means = meansOf(settings);
  const equal = new Float64Array(components); // logarithms of equal weights
  const variance = new Float64Array(components).fill(deviation ** 2);
  const whole = { logWeights: equal, means, variances: variance };
  switch (settings.regime) {
    case "unconditional":
      return { training, conditionsOf: ({ component }) => new Float64Array(2 * component.length), given: () => whole };
    case "weak":
      return {
        training,
        conditionsOf: ({ component }) => new Float64Array([...component].flatMap((k) => [...pointAt(means, k)])),
        given: (conditions, i) => single(pointAt(conditions, i), deviation ** 2),
      };
    case "strong":
      return {
        training,
        conditionsOf: ({ points }) => points,
        given: (conditions, i) => single(pointAt(conditions, i), known),
      };
    case "gmem": {
      const cells = cellsOf(training.points, { snippets, rng: rng.split("snippets") });
      return {
        training,
        conditionsOf({ points }, own) {
          const disturbance = own.split("condition").normal([points.length]).data;
          const nearest = Int32Array.from({ length: points.length / 2 }, (_, i) => nearestOf(cells.at, points, i));
          return Float64Array.from(
            disturbance,
            (z, j) => (cells.at[2 * (nearest[j >> 1] as number) + (j & 1)] as number) + noise * z,
          );
        },
        given: (conditions, i) => ({
          ...cells,
          // c = s_k + ε': the snippet that it came from is known by Bayes, π_k N(c; s_k, τ² I)
          logWeights: cells.logShares.map(
            (logShare, k) => logShare - squaredDistance(cells.at, k, conditions, i) / (2 * noise ** 2),
          ),
        }),
      };
    }
  }
}

interface Cells {
  /** Snippets. */
  readonly at: Points;
  readonly logShares: Float64Array;
  /** Of the training points that are nearest to a snippet. */
  readonly means: Points;
  readonly variances: Float64Array;
}

/** Snippets chosen among points, and the points that are nearest to each: mean, and variance along an axis. */
function cellsOf(points: Points, { snippets, rng }: { readonly snippets: number; readonly rng: Rng }): Cells {
  const count = points.length / 2;
  const rows = rng.permutation(count).subarray(0, snippets);
  const at = new Float64Array([...rows].flatMap((row) => [...pointAt(points, row)]));
  const [held, means, squares] = [
    new Float64Array(snippets),
    new Float64Array(2 * snippets),
    new Float64Array(snippets),
  ];
  for (let i = 0; i < count; i++) {
    const k = nearestOf(at, points, i);
    const [x, y] = pointAt(points, i);
    held[k] = (held[k] as number) + 1;
    means[2 * k] = (means[2 * k] as number) + x;
    means[2 * k + 1] = (means[2 * k + 1] as number) + y;
    squares[k] = (squares[k] as number) + x * x + y * y;
  }
  for (let j = 0; j < means.length; j++) means[j] = (means[j] as number) / (held[j >> 1] as number); // each holds its snippet
  const variances = squares.map((sum, k) => {
    const [x, y] = pointAt(means, k);
    return Math.max(known, (sum / (held[k] as number) - x * x - y * y) / 2);
  });
  return { at, means, variances, logShares: held.map((n) => Math.log(n / count)) };
}

/** Point i. */
export const pointAt = (points: Points, i: number): readonly [x: number, y: number] => [
  points[2 * i] as number,
  points[2 * i + 1] as number,
];

const single = (mean: readonly [number, number], variance: number): Conditional => ({
  logWeights: new Float64Array(1),
  means: new Float64Array(mean),
  variances: new Float64Array([variance]),
});

function squaredDistance(a: Points, i: number, b: Points, j: number): number {
  const dx = (a[2 * i] as number) - (b[2 * j] as number);
  const dy = (a[2 * i + 1] as number) - (b[2 * j + 1] as number);
  return dx * dx + dy * dy;
}

/** Which of some points is the nearest to point i. */
export function nearestOf(among: Points, points: Points, i: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let k = 0; k < among.length / 2; k++) {
    const distance = squaredDistance(among, k, points, i);
    if (distance < least) [best, least] = [k, distance];
  }
  return best;
}
