import { heldOutPrompts, renderScene } from "@gmem/datasets/scenes";
import { stack } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { verdictOf } from "./judge-prompts.ts";

describe("the verdict on prompts", () => {
  it("is the ceiling for scenes that carry them, chance for those of other prompts, and has every task", () => {
    const asked = heldOutPrompts({ count: 40, seed: 7 });
    const { carried, ceiling, shuffled, tasks } = verdictOf(asked, stack(asked.map(({ scene }) => renderScene(scene))));
    expect(carried).toEqual(ceiling);
    expect(carried.share).toBeGreaterThan(0.8); // shapes of 16 pixels are not always told apart
    expect(shuffled.share).toBeLessThan(0.2);
    expect(Object.keys(tasks).sort()).toEqual([
      "colour attribution",
      "colours",
      "counting",
      "position",
      "single object",
      "two objects",
    ]);
    expect(tasks["single object"]?.count).toBe(10);
  });
});
