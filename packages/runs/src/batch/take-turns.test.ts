import { describe, expect, it } from "vitest";
import { type Lane, takeTurns } from "./take-turns.ts";

describe("takeTurns", () => {
  it("gives lanes equal time, not equal steps, while both have work, and then all of it to the other", async () => {
    let now = 0;
    const taken: string[] = [];
    const lane = (name: string, cost: number, steps: number): Lane => {
      let left = steps;
      return {
        hasWork: () => left > 0,
        async step() {
          left--;
          now += cost;
          taken.push(name);
        },
      };
    };
    await takeTurns([lane("short", 10, 60), lane("long", 40, 5)], () => now);
    const until = taken.lastIndexOf("long");
    const time = (name: string, cost: number) => cost * taken.slice(0, until).filter((one) => one === name).length;
    expect(Math.abs(time("short", 10) - time("long", 40))).toBeLessThanOrEqual(80);
    const longs = taken.flatMap((name, i) => (name === "long" ? [i] : []));
    for (const [i, place] of longs.slice(1).entries()) expect(place - (longs[i] as number)).toBeLessThanOrEqual(9);
    expect(taken).toHaveLength(65);
  });

  it("ends where there is no work", async () => {
    await expect(
      takeTurns([{ hasWork: () => false, step: () => Promise.reject(new TypeError("step")) }]),
    ).resolves.toBeUndefined();
  });
});
