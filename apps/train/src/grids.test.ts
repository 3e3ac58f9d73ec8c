import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { grids } from "./grids.ts";

describe("grids of a run", () => {
  it("shows those of earlier processes up to its step, the first and the last three", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "gmem-grids-")), "samples");
    const png = (step: number) => Uint8Array.of(step / 50);
    const before = grids(folder);
    expect(before.shown(0)).toEqual([]);
    for (const step of [50, 100, 150, 200, 1000000]) await before.save(step, png(step));
    const titles = (step: number) =>
      grids(folder)
        .shown(step)
        .map(({ title }) => title.replace(/\D/g, ""));
    expect(titles(160)).toEqual(["150", "100", "50"]); // a checkpoint of step 160: 200 is made again
    expect(titles(200)).toEqual(["200", "150", "100", "50"]);
    expect(titles(1000000)).toEqual(["1000000", "200", "150", "50"]);
    expect(Uint8Array.from(grids(folder).shown(200)[0]?.png ?? [])).toEqual(png(200));
  });
});
