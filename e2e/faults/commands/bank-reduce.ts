import type { Command } from "../command.ts";
import { edited } from "../tiny.ts";

/** The bank and its edit become two rows a class, and are kept. */
export const bankReduce: Command = {
  name: "bank reduce",
  prepare: edited,
  args: ["bank", "reduce", "runs/tiny", "--per-class", "2"],
  repeats: true,
};
