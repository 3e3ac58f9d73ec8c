import { join } from "node:path";
import { readSafetensors, readWeights } from "@gmem/weights";
import type { Case, Given } from "./case.ts";
import { demand, done, refused, saying } from "./expect.ts";
import { converted, sameNetwork } from "./networks.ts";
import { picture } from "./pictures.ts";

const drawn = async ({ cli, scratch }: Given, run: string, ...options: readonly string[]): Promise<string> => {
  const latents = join(scratch, "latents.safetensors");
  done(cli("sample", run, "--count", "1", "--steps", "2", "--solver", "heun", "--latents", latents, ...options));
  const { tensors } = await readSafetensors(latents);
  const values = Array.from(tensors.latents?.data ?? [], Number);
  demand(values.length === 48 && values.every(Number.isFinite), "48 finite numbers", values);
  return `latents of 3 × 4 × 4, the first ${values[0]?.toPrecision(4)}`;
};

/** Networks without a condition, tables of one row, tables without a null row. */
export const noCondition: readonly Case[] = [
  {
    row: "04-no-condition",
    input: "uncond.pt",
    async check(given) {
      const { run, tensors } = await converted(given, given.file("uncond.pt"));
      const seen = await drawn(given, run);
      done(given.cli("sample", run, "--count", "1", "--steps", "2", "--solver", "heun", "--out", "one.png"));
      const shown = await picture(join(given.scratch, "one.png"));
      done(given.cli("export", run));
      done(given.cli("convert", run, "again.pt"));
      const back = await readWeights(join(given.scratch, "again.pt"));
      const original = await readWeights(given.file("uncond.pt"));
      sameNetwork(back.tensors, original.tensors);
      return `${seen}, a picture of ${shown.width} × ${shown.height}, back again bit for bit; ${Object.keys(tensors).length} tensors`;
    },
  },
  {
    row: "04-no-condition",
    input: "k1nonull.pt",
    async check(given) {
      const ended = given.cli("convert", given.file("k1nonull.pt"), "run", "--heads", "1");
      if (ended.status !== 0) return refused(ended, /null|class/i);
      const seen = await drawn(given, "run", "--label", "0");
      done(given.cli("export", "run"));
      done(given.cli("convert", "run", "again.pt"));
      const [back, first] = [
        await readWeights(join(given.scratch, "again.pt")),
        await readWeights(given.file("k1nonull.pt")),
      ];
      return `${seen}; ${sameNetwork(back.tensors, first.tensors)} after the way back`;
    },
  },
  {
    row: "14-no-null-row",
    async check(given) {
      const { run } = await converted(given, given.file("plain.pt"), "--classes", "4");
      const said = refused(given.cli("sample", run, "--label", "0", "--cfg", "2"), "CONFIG", /null row/i);
      await drawn(given, run, "--label", "0");
      const bank = await given.trained();
      const noted = done(given.cli("sample", bank, "--rows", "1", "--count", "1", "--cfg", "2", "--steps", "2"));
      saying(noted, /null/i);
      return said;
    },
  },
];
