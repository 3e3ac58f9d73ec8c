import type { Command } from "../command.ts";
import { edited } from "../tiny.ts";

/** An image becomes a row: a second edit, behind one that is there. */
export const bankAdd: Command = {
  name: "bank add",
  prepare: edited,
  args: ["bank", "add", "runs/tiny", "photos/a/0.png"],
  repeats: true,
};
