import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { semaphore } from "./semaphore.ts";

describe("semaphore", () => {
  it("lets work in by its coming, within the limit or alone, and all of it in the end, failures too", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.nat(30), { maxLength: 40 }),
        async (limit, costs) => {
          const enter = semaphore(limit);
          const begun: number[] = [];
          const inside = new Set<number>();
          const work = costs.map((cost, i) =>
            enter(cost, async () => {
              begun.push(i);
              inside.add(i);
              const sum = [...inside].reduce((total, j) => total + (costs[j] as number), 0);
              const others = [...inside].filter((j) => (costs[j] as number) > 0);
              expect(sum <= limit || others.length === 1).toBe(true);
              await new Promise((resolve) => setTimeout(resolve, 0));
              inside.delete(i);
              if (i % 3 === 0) throw new RangeError("decoding failed");
              return i;
            }),
          );
          const results = await Promise.allSettled(work);
          expect(begun).toEqual(costs.map((_, i) => i));
          expect(results.map(({ status }) => status)).toEqual(costs.map((_, i) => (i % 3 ? "fulfilled" : "rejected")));
        },
      ),
      { numRuns: 30 },
    );
  });
});
