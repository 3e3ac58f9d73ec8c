import type { Command } from "../command.ts";
import { trained } from "../tiny.ts";

/** A run becomes a checkpoint of the original code, and a bank beside it. */
export const convertToCheckpoint: Command = {
  name: "convert to checkpoint",
  prepare: trained,
  args: ["convert", "runs/tiny", "tiny.pt"],
};

/** A checkpoint and a bank become a run folder. */
export const convertToRun: Command = {
  name: "convert to run",
  async prepare(folder, gmemTrain) {
    await trained(folder, gmemTrain);
    await gmemTrain(convertToCheckpoint.args);
  },
  args: ["convert", "tiny.pt", "runs/back", "--bank", "tiny.bank.pt"],
};
