import { describe, expect, it } from "vitest";
import { dopri5Times } from "./dopri5-times.ts";

const nodes = [0.2, 0.3, 0.8, 8 / 9, 1, 1];
const step = (from: number, to: number): number[] => nodes.map((node) => from + node * (to - from));
const asked = [1, 0.99, ...step(1, 0.4), ...step(0.4, -0.1)];

const near = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => Math.abs(value - (b[i] as number)) < 1e-9);

describe("the times of a float32 run of Dormand–Prince", () => {
  it("may have more steps, refused ones too, as long as each follows from the one before", () => {
    const found = [1, 0.99, ...step(1, 0.5), ...step(0.5, -0.5), ...step(0.5, 0.2), ...step(0.2, -0.01)];
    expect(near(dopri5Times(found, asked, [1, 0]), found)).toBe(true);
  });

  it("run in either direction", () => {
    const found = [0, 0.01, ...step(0, 0.3), ...step(0.3, 1.2)];
    expect(near(dopri5Times(found, [0, 0.01, ...step(0, 1)], [0, 1]), found)).toBe(true);
  });

  it("are put right where one is moved", () => {
    const found = [1, 0.99, ...step(1, 0.5), ...step(0.5, -0.1)];
    const moved = found.with(10, 0.37);
    expect(near(dopri5Times(moved, asked, [1, 0]), found)).toBe(true);
  });

  it.each([
    ["a step that is cut off", [1, 0.99, ...step(1, 0.5), ...step(0.5, -0.1).slice(0, 4)]],
    ["a list that ends before the range does", [1, 0.99, ...step(1, 0.5)]],
  ])("are not taken from %s", (_, found) => {
    expect(dopri5Times(found, asked, [1, 0])).toBe(asked);
  });
});
