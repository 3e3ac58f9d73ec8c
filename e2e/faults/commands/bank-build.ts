import type { Command } from "../command.ts";
import { encoderSettings, photos } from "../tiny.ts";

/** A bank alone: an encoder that is learned, a shard, factors of rank 2. */
export const bankBuild: Command = {
  name: "bank build",
  prepare: photos,
  args: ["bank", "build", "photos", "--out", "bank", "--size", "8", "--rank", "2", ...encoderSettings],
};
