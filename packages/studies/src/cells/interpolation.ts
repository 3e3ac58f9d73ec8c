import { type InterpolationMethod, interpolate } from "@gmem/memory-bank";
import { snippetsOf } from "@gmem/runs";
import { type NDArray, takeRows } from "@gmem/tensor";
import type { CellKind } from "../frame/cell-kind.ts";
import { drawPictures } from "../trained/draw-pictures.ts";
import { type TrainedRunSettings, withTrainedRun } from "../trained/trained-run.ts";
import { freshScenes } from "./pictures.ts";

export interface InterpolationSettings extends TrainedRunSettings {
  readonly method: InterpolationMethod;
  readonly pairs: number;
}

const weights = Array.from({ length: 11 }, (_, i) => i / 10);

/**
 * Pictures of the blends of two snippets (G.6): the place of each picture's own snippet between the two ends,
 * p = cos(f(x), s₂) − cos(f(x), s₁), how surely it grows with the weight, and the largest step of it.
 */
export const interpolation: CellKind = {
  name: "interpolation",
  async compute(given, context) {
    const { method, pairs, ...settings } = given as unknown as InterpolationSettings;
    return withTrainedRun(settings, context, async ({ run }) => {
      const encoder = await run.encoder();
      const ends = await snippetsOf(encoder, freshScenes(run, { count: 2 * pairs, seed: context.seed }));
      const even = Array.from({ length: pairs }, (_, i) => 2 * i);
      const [first, second] = [
        takeRows(ends, even),
        takeRows(
          ends,
          even.map((i) => i + 1),
        ),
      ];
      const places: Float64Array[] = [];
      for (const weightOfSecond of weights) {
        const snippets = interpolate(first, second, { weightOfSecond, method, seed: context.seed });
        // one seed: each pair has its own noise, the same at every weight
        const { images } = await drawPictures(run, { request: { snippets }, count: pairs, context });
        places.push(placesOf(await encoder.encode(images), [first, second]));
      }
      return summary(places);
    });
  },
};

/** cos(f, s₂) − cos(f, s₁) for each row. */
function placesOf(features: NDArray<"f32">, [first, second]: readonly [NDArray<"f32">, NDArray<"f32">]): Float64Array {
  const [n = 0, d = 0] = features.shape;
  return Float64Array.from({ length: n }, (_, i) => {
    let [norm, difference] = [0, 0];
    for (let j = i * d; j < (i + 1) * d; j++) {
      const value = features.data[j] as number;
      norm += value * value;
      difference += value * ((second.data[j] as number) - (first.data[j] as number));
    }
    return difference / Math.max(Math.sqrt(norm), 1e-12);
  });
}

/** Means over pairs. */
function summary(places: readonly Float64Array[]): Record<string, number> {
  const pairs = places[0]?.length ?? 0;
  let [rank, largest, steps] = [0, 0, 0];
  for (let pair = 0; pair < pairs; pair++) {
    const way = places.map((at) => at[pair] as number);
    const whole = (way.at(-1) as number) - (way[0] as number);
    rank += rankCorrelation(way);
    if (whole <= 0) continue; // the ends are not told apart: no share of the way
    largest += Math.max(...way.slice(1).map((value, i) => Math.abs(value - (way[i] as number)))) / whole;
    steps++;
  }
  return { monotone: rank / pairs, ...(steps > 0 ? { largestStep: largest / steps } : {}) };
}

/** Spearman's correlation of values with their own order; ties keep the order in which they come. */
export function rankCorrelation(values: readonly number[]): number {
  const n = values.length;
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  let squares = 0;
  order.forEach((i, rank) => {
    squares += (i - rank) ** 2;
  });
  return 1 - (6 * squares) / (n * (n * n - 1));
}
