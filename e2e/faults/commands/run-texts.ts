import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "../command.ts";
import { settings, trained } from "../tiny.ts";

const args: readonly string[] = [
  "run",
  "cifar-nano",
  ...settings,
  "name=texts",
  "start.run=runs/tiny",
  "conditioner.kind=t2s",
  "conditioner.loss=snippet-regression",
  "train.only=t2s",
  "textEncoder.kind=hashed-words",
  "textEncoder.dim=16",
];

/** What the captions of half of the images mean, learned from the snippets of a run of theirs. */
export const runTexts: Command = {
  name: "run of texts",
  async prepare(folder, gmemTrain) {
    await trained(folder, gmemTrain);
    for (const label of ["a", "b"])
      for (let i = 0; i < 4; i++)
        await writeFile(join(folder, "photos", label, `${i}.txt`), `picture ${i} of ${label}\n`);
  },
  args,
  again: [...args, "--resume"],
};
