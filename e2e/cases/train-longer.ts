import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Case } from "./case.ts";
import { demand, done, refused, saying } from "./expect.ts";
import { small } from "./given.ts";
import { bytesBelow } from "./pictures.ts";

const row = "13-train-longer";

/** A finished run goes on. */
export const trainLonger: readonly Case[] = [
  {
    row,
    input: "at a constant rate",
    async check({ cli, scratch }) {
      const run = (...more: readonly string[]) => cli("run", "scenes-tiny", ...small, "name=a", ...more);
      done(run("steps=6"));
      done(run("steps=10", "--resume"));
      const lines = (await readFile(join(scratch, "runs/a/metrics.jsonl"), "utf8")).trim().split("\n");
      const steps = lines.map((line) => (JSON.parse(line) as { readonly step?: number }).step ?? 0);
      demand(Math.max(...steps) === 10, "metrics up to step 10", steps);
      done(run("steps=10", "name=b"));
      const model = (name: string) => readFile(join(scratch, "runs", name, "model.safetensors"), "base64");
      const bytes = async (name: string) => (await model(name)).slice(-2000);
      demand((await bytes("a")) === (await bytes("b")), "the weights of ten steps at once", "others");
      const again = run("steps=10", "--resume");
      saying(done(again), /finished|complete/i);
      demand(!/NaN|null/.test(again.text), "no loss NaN", again.text);
      const alone = done(cli("run", "runs/a", "--resume"));
      saying(alone, /finished|complete/i);
      return `${steps.length} records up to step 10, as ten steps at once; then: ${again.text.trim().split("\n").at(-1)}`;
    },
  },
  {
    row,
    input: "with a cosine",
    async check({ cli, scratch }) {
      const settings = small.map((setting) =>
        setting === "schedule.kind=constant" ? "schedule.kind=cosine" : setting,
      );
      const run = (...more: readonly string[]) => cli("run", "scenes-tiny", ...settings, "name=a", ...more);
      done(run("steps=6"));
      const before = await bytesBelow(join(scratch, "runs"));
      const said = refused(run("steps=10", "--resume"), "schedule.steps=6");
      const after = await bytesBelow(join(scratch, "runs"));
      demand(JSON.stringify([...before]) === JSON.stringify([...after]), "no file changed", "a change");
      done(run("steps=10", "schedule.steps=6", "--resume"));
      return said;
    },
  },
];
