import { key } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { energyDistance } from "./energy-distance.ts";
import { exactField, flow } from "./flow.ts";
import { flowShape } from "./flow-shape.ts";
import { drawMixture, meansOf } from "./gaussian-mixture.ts";
import { expectedData } from "./posterior.ts";
import { conditionedMixture, pointAt, type Regime } from "./regimes.ts";

const settings = { components: 6, radius: 8, deviation: 2, points: 4096, snippets: 64, noise: 1 };

describe("a Gaussian mixture in the plane", () => {
  it("has the posterior mean that numbers by hand have", () => {
    const one = { logWeights: new Float64Array(1), means: new Float64Array([3, 0]), variances: new Float64Array([4]) };
    // α = ½, σ = ½: gain ½·4/(¼·4 + ¼) = 1.6; 3 + 1.6 (2 − 1.5) = 3.8
    expect(expectedData(one, { x: 2, y: 0, t: 0.5 })[0]).toBeCloseTo(3.8, 12);
    const two = {
      logWeights: new Float64Array(2),
      means: new Float64Array([-1, 0, 1, 0]),
      variances: new Float64Array([1e-9, 1e-9]),
    };
    expect(expectedData(two, { x: 0.25, y: 0, t: 0.5 })[0]).toBeCloseTo(Math.tanh(0.5), 6); // tanh(α x/σ²)
  });

  it("keeps far components out without overflow", () => {
    const far = {
      logWeights: new Float64Array([-2000, 0]),
      means: meansOf({ ...settings, components: 2 }),
      variances: new Float64Array([4, 4]),
    };
    expect(expectedData(far, { x: 0, y: 0, t: 0.5 }).every(Number.isFinite)).toBe(true);
  });

  it("is what the exact velocity without a condition flows to", async () => {
    const start = Float64Array.from(key(1).normal([512, 2]).data);
    const open = conditionedMixture({ ...settings, regime: "unconditional" }, key(0));
    const given = Array.from({ length: 512 }, (_, i) => open.given(new Float64Array(1024), i));
    const { positions } = await flow(exactField(given), start, { steps: 100 });
    const fresh = drawMixture(settings, { count: 512, rng: key(2) }).points;
    expect(energyDistance(positions.at(-1) as Float64Array, fresh)).toBeLessThan(0.15);
    expect(energyDistance(start, fresh)).toBeGreaterThan(2);
  });

  it("knows of a snippet which points it stands for", () => {
    const open = conditionedMixture({ ...settings, regime: "gmem", noise: 1e-3 }, key(0));
    const { given, conditionsOf, training } = open;
    const conditions = conditionsOf(training, key(3));
    const { logWeights, means } = given(conditions, 5);
    const likely = logWeights.indexOf(Math.max(...logWeights));
    const [[x, y], [cx, cy]] = [pointAt(means, likely), pointAt(training.points, 5)];
    expect(Math.hypot(x - cx, y - cy)).toBeLessThan(4);
    const shares = [...given(new Float64Array(conditions.length), 0).logWeights];
    expect(shares).toHaveLength(settings.snippets);
  });

  it.each(["unconditional", "weak", "gmem", "strong"] as const)(
    "has a condition for each point: %s",
    (regime: Regime) => {
      const open = conditionedMixture({ ...settings, points: 64, snippets: 8, regime }, key(0));
      const conditions = open.conditionsOf(open.training, key(1));
      expect(conditions).toHaveLength(128);
      expect(open.conditionsOf(open.training, key(1))).toEqual(conditions);
    },
  );
});

describe("the shape of a flow", () => {
  it("is straight at constant velocity, and turns a quarter where the velocity does", async () => {
    const straight = await flow(() => new Float64Array([3, 4]), new Float64Array([1, 1]), { steps: 4 });
    expect(flowShape(straight)).toEqual({
      straightness: 0,
      relativeStraightness: 0,
      turning: 0,
      length: 5,
      lengthRatio: 1,
      predictionPath: 0,
    });
    const bent = await flow((_, t) => new Float64Array(t > 0.5 ? [2, 0] : [0, 2]), new Float64Array(2), { steps: 2 });
    const shape = flowShape(bent); // (0,0) → (−1,0) → (−1,−1)
    expect(shape.turning).toBeCloseTo(Math.PI / 2, 12);
    expect(shape.lengthRatio).toBeCloseTo(Math.SQRT2, 12);
    expect(shape.straightness).toBeCloseTo(2, 12); // ‖(2,0) − (1,1)‖² at each of two times
    expect(shape.predictionPath).toBeCloseTo(Math.SQRT2, 12); // (−2,0), then (−1,−1)
  });
});

describe("the energy distance", () => {
  it("is that of pairs counted by hand", () => {
    // a = {0, 1} and b = {0, 3} on a line: cross 6/4, within a 1, within b 3
    const [a, b] = [new Float64Array([0, 0, 1, 0]), new Float64Array([0, 0, 3, 0])];
    expect(energyDistance(a, b)).toBeCloseTo(2 * 1.5 - 1 - 3, 12);
  });
});
