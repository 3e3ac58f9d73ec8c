import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Case } from "./case.ts";
import { demand, done, refused } from "./expect.ts";
import { small } from "./given.ts";
import { bytesBelow, picture } from "./pictures.ts";

/** A command that is refused has changed no file, and the run draws what it drew. */
export const refusedResume: readonly Case[] = [
  {
    row: "refused-before.png",
    async check(given) {
      const run = await given.trained();
      const draw = (out: string) => done(given.cli("sample", run, "--count", "4", "--steps", "2", "--out", out));
      draw("before.png");
      await picture(join(given.scratch, "before.png"));
      const before = await bytesBelow(join(given.scratch, run));
      const said = ["backbone.heads=1", "backbone.depth=2"].map((setting) =>
        refused(
          given.cli("run", "scenes-tiny", ...small, "steps=6", "name=base-memory-bank", setting, "--resume"),
          /heads|depth/,
        ),
      );
      const after = await bytesBelow(join(given.scratch, run));
      demand(JSON.stringify([...before]) === JSON.stringify([...after]), "no file changed", "a change");
      draw("after.png");
      const same = async () =>
        (await readFile(join(given.scratch, "before.png"))).equals(await readFile(join(given.scratch, "after.png")));
      demand(await same(), "the same pixels", "others");
      return said.join("; ");
    },
  },
];
