import type { Command } from "../command.ts";
import { edited } from "../tiny.ts";

/** The bank and its edit become factors of rank 1, and are kept. */
export const bankCompress: Command = {
  name: "bank compress",
  prepare: edited,
  args: ["bank", "compress", "runs/tiny", "--rank", "1"],
  repeats: true,
};
