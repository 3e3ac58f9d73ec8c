import type { Command } from "../command.ts";
import { photos, runArgs } from "../tiny.ts";

/** Training from a folder of images: latents, encoder, bank of rank 2, two checkpoints, grids and report. */
export const run: Command = {
  name: "run",
  prepare: photos,
  args: runArgs,
  again: [...runArgs, "--resume"],
};
