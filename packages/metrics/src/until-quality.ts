import { GMemError } from "@gmem/tensor";

/** A quality that was measured after some training; of a Fréchet distance and its like, less is better. */
export interface QualityPoint {
  readonly step: number;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** Steps, images and epochs until a quality was reached. */
export interface UntilQuality {
  /** Between the points around it on the logarithm of steps; absent if it was not reached. */
  readonly step?: number;
  readonly images?: number;
  /** EP_FID@x where the quality is FID. */
  readonly epochs?: number;
  /** By the upper and the lower ends of the points' intervals; `latest` is absent if the upper ends do not get there. */
  readonly earliest?: number;
  readonly latest?: number;
  /** The last step that was measured: a quality not reached takes more than that. */
  readonly measuredTo: number;
}

export interface UntilQualityOptions {
  readonly atMost: number;
  /** Images of a step. */
  readonly batchSize: number;
  /** Images of the training set, for epochs. */
  readonly trainingImages?: number;
}

/**
 * How long training takes until a quality: the first crossing of `atMost`, interpolated on log step. Compare by it where the
 * final numbers of two methods are equal: EP_FID@2 is the epochs until FID ≤ 2 (RAEv2, 2026).
 * @throws {GMemError} code `DATA` for no points, or steps that do not increase from 1.
 * @example
 * const points = [{ step: 100, value: 9 }, { step: 1000, value: 5 }, { step: 10000, value: 1 }];
 * untilQuality(points, { atMost: 3, batchSize: 8 }).step; // 3162
 */
export function untilQuality(points: readonly QualityPoint[], options: UntilQualityOptions): UntilQuality {
  const { atMost, batchSize, trainingImages } = options;
  if (points.length === 0 || points.some(({ step }, i) => step <= (points[i - 1]?.step ?? 0)))
    throw new GMemError(
      "DATA",
      `untilQuality: needs steps that increase from 1, got ${points.map(({ step }) => step).join(", ")}`,
    );
  const step = crossing(
    points.map(({ step, value }) => [step, value]),
    atMost,
  );
  const bound = (end: "low" | "high"): number | undefined =>
    points.every((point) => point[end] !== undefined)
      ? crossing(
          points.map((point) => [point.step, point[end] as number]),
          atMost,
        )
      : undefined;
  const [earliest, latest] = [bound("low"), bound("high")];
  return {
    ...(step !== undefined && { step, images: step * batchSize }),
    ...(step !== undefined && trainingImages !== undefined && { epochs: (step * batchSize) / trainingImages }),
    ...(earliest !== undefined && { earliest }),
    ...(latest !== undefined && { latest }),
    measuredTo: points.at(-1)?.step as number,
  };
}

function crossing(points: readonly (readonly [step: number, value: number])[], atMost: number): number | undefined {
  const found = points.findIndex(([, value]) => value <= atMost);
  const [point, before] = [points[found], points[found - 1]];
  if (!point || !before) return point?.[0];
  const share = (before[1] - atMost) / (before[1] - point[1]);
  return Math.round(Math.exp(Math.log(before[0]) + share * (Math.log(point[0]) - Math.log(before[0]))));
}
