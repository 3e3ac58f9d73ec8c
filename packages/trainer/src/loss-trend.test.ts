import { describe, expect, it } from "vitest";
import { followLoss, type LossTrend } from "./loss-trend.ts";

function warnings(losses: readonly number[], parts: (loss: number) => Record<string, number> = () => ({})) {
  let trend: LossTrend | undefined;
  return losses.flatMap((loss, step) => {
    const followed = followLoss(trend, { loss, parts: parts(loss) });
    trend = followed.trend;
    return followed.warning === undefined ? [] : [[step, followed.warning] as const];
  });
}
const steps = (count: number, value: (step: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => value(i));

describe("followLoss", () => {
  it("warns where a loss that fell grows tenfold from its lowest, and again at each further tenfold", () => {
    const falling = steps(50, (i) => 15 * 0.97 ** i); // to 3.4
    const [first, second, ...more] = warnings([...falling, ...steps(75, (i) => 3.4 * 1.1 ** i)]); // to 3,900
    expect(first?.[0]).toBeGreaterThan(50 + Math.log(10) / Math.log(1.1)); // the average comes after
    expect(first?.[0]).toBeLessThan(50 + 40);
    expect(first?.[1]).toMatch(/grown tenfold, from 4\.\d+ to [45]\d\.?\d?: .*optimizer\.lr/);
    expect(second?.[0]).toBeGreaterThan((first?.[0] ?? 0) + 20);
    expect(more).toEqual([]);
  });

  it("says nothing of a loss that falls, of noise, of one step that stands out, and of steps that are not finite", () => {
    expect(warnings(steps(500, (i) => 1 / (1 + i)))).toEqual([]);
    expect(warnings(steps(500, (i) => 0.05 * (i % 2 === 0 ? 5 : 0.8)))).toEqual([]);
    expect(warnings(steps(500, (i) => (i % 100 === 99 ? 5000 : 0.05)))).toEqual([]);
    expect(warnings(steps(100, (i) => (i % 2 === 0 ? Number.NaN : 1)))).toEqual([]);
    expect(warnings(steps(100, (i) => (i < 50 ? 1 : Number.POSITIVE_INFINITY)))).toEqual([]);
  });

  it("leaves REPA's cosine out, whose loss may pass through zero", () => {
    const parts = (loss: number) => ({ velocity: loss + 0.4, repa: -0.8 });
    expect(
      warnings(
        steps(200, (i) => 0.6 * 0.97 ** i - 0.3),
        parts,
      ),
    ).toEqual([]);
    expect(
      warnings(
        steps(100, (i) => (i < 50 ? 0.1 : 40)),
        parts,
      ),
    ).toHaveLength(1);
  });
});
