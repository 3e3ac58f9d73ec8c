import type { Command } from "../command.ts";
import { photos, settings } from "../tiny.ts";

/** Latents and snippets of 16 images in two shards, with an encoder that is learned. */
export const latents: Command = {
  name: "latents",
  prepare: photos,
  args: ["latents", "cifar-nano", ...settings, "--out", "latents", "--snippets", "--shard-rows", "8"],
};
