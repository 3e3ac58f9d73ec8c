import type { Command } from "../command.ts";
import { edited } from "../tiny.ts";

const args = ["bank", "undo", "runs/tiny"];

/** The last of two edits is taken back. */
export const bankUndo: Command = {
  name: "bank undo",
  async prepare(folder, gmemTrain) {
    await edited(folder, gmemTrain);
    await gmemTrain(["bank", "add", "runs/tiny", "photos/a/2.png"]);
  },
  args,
  repeats: true,
};

/** A compressed bank, with an edit before it, gives way to the one that it replaced. */
export const bankUndoCompress: Command = {
  name: "bank undo compress",
  async prepare(folder, gmemTrain) {
    await edited(folder, gmemTrain);
    await gmemTrain(["bank", "compress", "runs/tiny", "--rank", "1"]);
  },
  args,
  repeats: true,
};
