import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Case, Given } from "./case.ts";
import { done, refused, saying } from "./expect.ts";
import { noisePicture } from "./pictures.ts";

/** A hundred pictures in the folder that the configurations name. */
async function hundred({ scratch }: Given): Promise<void> {
  await mkdir(join(scratch, "hundred"));
  for (let i = 0; i < 100; i++) await noisePicture(join(scratch, `hundred/${i}.png`), i, [32, 32]);
}

const few = ["steps=2", "batch=8", "backbone.depth=1", "encoder.clusters=16", "encoder.patches=500"];

/** Configurations of one's own: they extend a preset, and a fault has its place. */
export const configurations: readonly Case[] = [
  {
    row: "my.ts, p.yaml",
    input: "p.yaml",
    async check(given) {
      await hundred(given);
      await copyFile(given.file("p.yaml"), join(given.scratch, "p.yaml"));
      const text = done(given.cli("run", "p.yaml", ...few));
      saying(text, "hundred");
      return "trains the preset on the folder";
    },
  },
  {
    row: "my.ts, p.yaml",
    input: "my.ts",
    async check(given) {
      await hundred(given);
      await copyFile(given.file("my.ts"), join(given.scratch, "my.ts"));
      const said = refused(given.cli("run", "my.ts", ...few), "extends", "preset");
      const config = 'export default { preset: "cifar-nano", data: "hundred" };\n';
      await writeFile(join(given.scratch, "mine.ts"), config);
      done(given.cli("run", "mine.ts", ...few));
      return said;
    },
  },
  {
    row: "bad.yaml",
    check: async ({ cli, file }) => refused(cli("run", file("bad.yaml")), "bad.yaml", /bad\.yaml:\d+:\d+/),
  },
];
