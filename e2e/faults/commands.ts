import type { Command } from "./command.ts";
import { bankAdd } from "./commands/bank-add.ts";
import { bankBuild } from "./commands/bank-build.ts";
import { bankCompress } from "./commands/bank-compress.ts";
import { bankReduce } from "./commands/bank-reduce.ts";
import { bankUndo, bankUndoCompress } from "./commands/bank-undo.ts";
import { convertToCheckpoint, convertToRun } from "./commands/convert.ts";
import { latents } from "./commands/latents.ts";
import { run } from "./commands/run.ts";

/** Every command that is disturbed. */
export const commands: readonly Command[] = [
  run,
  bankBuild,
  bankAdd,
  bankCompress,
  bankReduce,
  bankUndo,
  bankUndoCompress,
  latents,
  convertToCheckpoint,
  convertToRun,
];
