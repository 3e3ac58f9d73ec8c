import type { ChartOptions, Series } from "../chart.ts";
import type { Evaluation } from "./evaluation.ts";

/**
 * Plots of numbers against 1/N, from what they tend to: the value at 1/N = 0, and the line through it and the mean of the points.
 */
export const againstSize = ({
  numbers,
}: Pick<Evaluation, "numbers">): readonly (ChartOptions & {
  readonly series: readonly Series[];
})[] =>
  numbers.flatMap(({ metric, value, against, points = [] }) => {
    if (points.length < 2) return [];
    const seen = points.map(({ n, value: y }) => ({ x: 1 / n, y })).sort((a, b) => a.x - b.x);
    const mean = (of: "x" | "y"): number => seen.reduce((sum, point) => sum + point[of], 0) / seen.length;
    const slope = (mean("y") - value) / mean("x"); // a regression goes through the means
    const last = seen.at(-1)?.x ?? 0;
    const line = [
      { x: 0, y: value },
      { x: last, y: value + slope * last },
    ];
    return [
      {
        title: `${metric.replace("∞", "")} against 1/N${against === undefined ? "" : `, ${against}`}`,
        x: "1/N",
        y: metric.replace("∞", ""),
        series: [
          { name: "subsets of the samples", points: seen },
          { name: `line to ${metric}`, points: line },
        ],
      },
    ];
  });
