import type { Command } from "./command.ts";
import { run } from "./commands/run.ts";

/** Every command that is disturbed. */
export const commands: readonly Command[] = [run];
