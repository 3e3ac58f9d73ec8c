import "@gmem/testing";
import { key } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { gvpInterpolant } from "./gvp-interpolant.ts";
import { linearInterpolant } from "./linear-interpolant.ts";
import { logitNormalTime, logNormalTime, shiftedTime, trainingRange, uniformTime } from "./time-law.ts";
import { vpInterpolant } from "./vp-interpolant.ts";

const median = (values: Float32Array): number => values.toSorted()[values.length >> 1] as number;

describe("time laws", () => {
  const n = 4001;

  it("uniform stays in its range", () => {
    const t = uniformTime({ range: [0.25, 0.5] }).draw(key(0), n);
    expect(Math.min(...t)).toBeGreaterThanOrEqual(0.25);
    expect(Math.max(...t)).toBeLessThan(0.5);
    expect(median(t)).toBeAllclose(0.375, { atol: 0.01 });
  });

  it("logit-normal has median sigmoid(mean)", () => {
    expect(median(logitNormalTime().draw(key(1), n))).toBeAllclose(0.5, { atol: 0.02 });
    expect(median(logitNormalTime({ mean: 1 }).draw(key(1), n))).toBeAllclose(1 / (1 + Math.exp(-1)), { atol: 0.02 });
  });

  it("log-normal has the noise ratio e^mean at its median, and is the logit-normal law on the linear interpolant", () => {
    expect(logNormalTime(linearInterpolant).draw(key(1), n)).toBeAllclose(logitNormalTime().draw(key(1), n));
    const t = logNormalTime(gvpInterpolant, { mean: 0.5 }).draw(key(1), n);
    expect(Math.tan((median(t) * Math.PI) / 2)).toBeAllclose(Math.exp(0.5), { rtol: 0.05 });
    for (const law of [logNormalTime(linearInterpolant, { std: 1e4 }), logNormalTime(gvpInterpolant, { std: 1e4 })])
      expect(law.draw(key(1), n).every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  it("a shift of 2 moves the median to 2/3, of 1 nowhere", () => {
    expect(median(shiftedTime(uniformTime(), 2).draw(key(2), n))).toBeAllclose(2 / 3, { atol: 0.02 });
    expect(shiftedTime(uniformTime(), 1).draw(key(3), n)).toBeAllclose(uniformTime().draw(key(3), n));
  });

  it("keeps away from ends where a prediction is singular", () => {
    expect(trainingRange(linearInterpolant, "velocity")).toEqual([0, 1]);
    expect(trainingRange(linearInterpolant, "noise")).toEqual([1e-3, 0.999]);
    expect(trainingRange(vpInterpolant, "velocity")).toEqual([1e-5, 1]);
  });

  it("refuses settings that make no times", () => {
    expect(() => uniformTime({ range: [0.5, 0.5] })).toThrow(/low < high/);
    expect(() => logitNormalTime({ std: 0 })).toThrow(/std must be positive/);
    expect(() => logNormalTime(gvpInterpolant, { std: 0 })).toThrow(/std must be positive/);
    expect(() => logNormalTime(vpInterpolant)).toThrow(/interpolant must be linear or gvp, got "vp"/);
    expect(() => shiftedTime(uniformTime(), 0)).toThrow(/must be positive/);
  });
});
