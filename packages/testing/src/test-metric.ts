import type { Metric, MetricContext, MetricNumber, MetricSides } from "@gmem/spec";
import { expect } from "vitest";
import "./allclose.ts";
import { expectRejection } from "./expect-code.ts";
import { metricSides, neededOf, type SidesOptions, spoiled } from "./metric-sides.ts";
import { type SuiteOptions, suite } from "./suite.ts";

export interface MetricOptions extends SuiteOptions, Partial<SidesOptions> {
  /** Whose way of computing; default the first that the metric has, else "adm". */
  readonly protocol?: string;
}

const inputs = ["features", "statistics", "spatial", "spatialStatistics", "logits", "pictures"];

/**
 * What every metric does, shown on random features and smooth pictures; `count` (default 64), `width` (8) and `imageSize` (16)
 * say how many and how large.
 * @example
 * // no-run
 * import type { Metric } from "@gmem/spec";
 * declare const sharpness: () => Metric;
 * testMetric("sharpness", sharpness, { imageSize: 32 });
 */
export function testMetric(name: string, factory: () => Metric | Promise<Metric>, options: MetricOptions = {}): void {
  const { count = 64, width = 8, imageSize = 16 } = options;
  const sides = metricSides({ count, width, imageSize });
  const context = (metric: Metric, others: Partial<MetricContext> = {}): MetricContext => ({
    level: 0.95,
    seed: 1,
    protocol: options.protocol ?? metric.protocols?.[0] ?? "adm",
    features: { name: "drawn", id: "drawn-31" },
    ...others,
  });
  const measured = async (given: MetricSides = sides, others = {}): Promise<readonly MetricNumber[]> => {
    const metric = await factory();
    return metric.measure(neededOf(metric, given, { rows: true }), context(metric, others));
  };
  suite(`metric ${name}`, options, (claim) => {
    claim("has a name and says what it needs, the same each time it is made", async () => {
      const [one, other] = [await factory(), await factory()];
      expect(one.name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      expect([other.name, other.needs, other.protocols]).toEqual([one.name, one.needs, one.protocols]);
      const needed = [...one.needs.real, ...one.needs.fake];
      expect(needed.length).toBeGreaterThan(0);
      for (const input of needed) expect(inputs).toContain(input);
    });

    claim("gives finite numbers inside their intervals, with counts, options and warnings", async () => {
      const metric = await factory();
      const numbers = await measured();
      expect(numbers.length).toBeGreaterThan(0);
      expect(new Set(numbers.map((number) => number.metric)).size).toBe(numbers.length);
      for (const { metric: label, value, interval, counts, options: named, warnings } of numbers) {
        expect(label).not.toBe("");
        expect(Number.isFinite(value), label).toBe(true);
        expect(interval.low, label).toBeLessThanOrEqual(value);
        expect(interval.high, label).toBeGreaterThanOrEqual(value);
        expect(interval.method, label).not.toBe("");
        expect(counts, label).toEqual({
          real: metric.needs.real.length > 0 ? count : 0,
          fake: metric.needs.fake.length > 0 ? count : 0,
        });
        for (const option of Object.values(named)) expect(["string", "number", "boolean"]).toContain(typeof option);
        for (const warning of warnings) expect(warning).not.toBe("");
      }
    });

    claim("reads no more than it says: the rest of a side changes nothing", async () => {
      const metric = await factory();
      expect(await metric.measure(sides, context(metric))).toEqual(await measured());
    });

    claim("gives the same numbers for the same seed, and leaves its input alone", async () => {
      expect(await measured()).toEqual(await measured());
      const fresh = metricSides({ count, width, imageSize });
      for (const side of ["real", "fake"] as const)
        expect({ ...sides[side], pictures: 0 }).toEqual({ ...fresh[side], pictures: 0 });
    });

    claim("gives wider intervals for more confidence", async () => {
      const [narrow, wide] = [await measured(sides, { level: 0.5 }), await measured(sides, { level: 0.99 })];
      for (const [i, { interval }] of narrow.entries()) {
        const other = wide[i]?.interval ?? expect.fail("a number less");
        expect(other.low).toBeLessThanOrEqual(interval.low);
        expect(other.high).toBeGreaterThanOrEqual(interval.high);
      }
    });

    claim("where it needs statistics, they and the rows that they are of give one value", async () => {
      const metric = await factory();
      const of = async (rows: boolean): Promise<number[]> =>
        (await metric.measure(neededOf(metric, sides, { rows }), context(metric))).map(({ value }) => value);
      expect(await of(false)).toBeAllclose(await of(true), { rtol: 1e-4, atol: 1e-6 });
    });

    claim("refuses what is not finite, on either side", async () => {
      const metric = await factory();
      const needed = neededOf(metric, sides, { rows: false });
      for (const side of ["real", "fake"] as const)
        for (const input of metric.needs[side])
          await expectRejection(
            async () => metric.measure(spoiled(needed, side, input), context(metric)),
            "NON_FINITE",
          );
    });
  });
}
