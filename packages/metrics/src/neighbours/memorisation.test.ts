import { concatRows, key, takeRows } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { memorisation } from "./memorisation.ts";

const [train, heldOut] = [key(0).normal([300, 3]), key(1).normal([200, 3])];

describe("memorisation", () => {
  it("finds about 5 % of new rows within the limit, and copies among them with their sources", async () => {
    const fresh = await memorisation({ train, heldOut, samples: key(2).normal([400, 3]) });
    expect(fresh.closer.low).toBeLessThan(0.05);
    expect(fresh.closer.high).toBeGreaterThan(0.05);
    const copies = takeRows(train, [7, 250]);
    const found = await memorisation({ train, heldOut, samples: concatRows([copies, key(3).normal([2, 3])]) });
    expect([found.nearest.rows[0], found.nearest.rows[3]]).toEqual([7, 250]);
    expect(found.samples.slice(0, 2)).toEqual(Float64Array.of(0, 0));
    expect(found.closer.value).toBeGreaterThanOrEqual(0.5);
  });
});
