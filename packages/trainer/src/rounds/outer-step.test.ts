import { describe, expect, it } from "vitest";
import { meanOf, outerDefaults, outerStep } from "./outer-step.ts";

const f32 = (...values: number[]) => Float32Array.of(...values);

describe("the outer step", () => {
  it("is SGD with Nesterov momentum on the mean movement, over two steps by hand", async () => {
    // Δ = 1 − (.8 + .6)/2 = .3; v = .3; θ = 1 − .7(.3 + .9·.3) = .601
    const one = await outerStep({ model: f32(1), velocity: f32(0) }, [f32(0.8), f32(0.6)], outerDefaults);
    expect(one.velocity[0]).toBeCloseTo(0.3, 6);
    expect(one.model[0]).toBeCloseTo(0.601, 6);
    // Δ = .601 − .5 = .101; v = .9·.3 + .101 = .371; θ = .601 − .7(.101 + .9·.371) = .29657
    const two = await outerStep(one, [f32(0.5), f32(0.5)], outerDefaults);
    expect(two.velocity[0]).toBeCloseTo(0.371, 6);
    expect(two.model[0]).toBeCloseTo(0.29657, 6);
  });

  it("with a rate of 1 and no momentum ends where the parts end on the mean", async () => {
    const next = await outerStep({ model: f32(3, -1), velocity: f32(0, 0) }, [f32(2, 5), f32(4, 7)], {
      lr: 1,
      momentum: 0,
    });
    expect([...next.model]).toEqual([3, 6]);
  });

  it("adds up in float64, in the order given", async () => {
    const arrays = [f32(1), f32(2 ** -30), f32(-1)];
    expect((await meanOf(arrays, 1))[0]).toBe(Math.fround(2 ** -30 / 3));
  });
});
