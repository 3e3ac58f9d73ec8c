import { evaluate, key, mean, type NDArray, sizeOf, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { repaHead, repaLoss } from "./index.ts";

describe("the REPA head", () => {
  it("has the published size: 8.13 million for XL and DINOv2-B", () => {
    const sizes = Object.values(repaHead({ from: 1152 }).init(key(0))).map(({ shape }) => sizeOf(shape));
    expect(sizes.reduce((a, b) => a + b)).toBe(682_825_888 - 674_694_560);
  });

  it("projects each token by itself, and its loss is −1 for the target itself", () => {
    const head = repaHead({ from: 8, hidden: 6, to: 5, at: "projectors.0" });
    const weights = head.init(key(0));
    expect(Object.keys(weights)).toContain("projectors.0.2.bias");
    const feeds = { tap: key(1).normal([2, 3, 8]) };
    const graph = trace({ feeds, state: weights }, ({ feeds: { tap }, state: p }) => {
      const projected = head.apply(p, tap); // [2,3,5]
      return { fetches: { projected, loss: mean(repaLoss(projected, projected)) } };
    });
    const { projected, loss } = evaluate(graph, feeds, weights).fetches as Record<"projected" | "loss", NDArray>;
    expect(projected.shape).toEqual([2, 3, 5]);
    expect(loss.data[0]).toBeCloseTo(-1, 5);
  });
});
