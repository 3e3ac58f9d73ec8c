import { GMemError } from "@gmem/tensor";
import { type Command, CommanderError } from "commander";
import { exitCodeOf, explain } from "./errors.ts";
import { sayError } from "./say.ts";

/**
 * Runs a command line, program name left out; errors are said here, and nowhere else.
 * @param program Its commands; what it is given takes the exit code of commands that answer by it.
 * @returns the exit code: 0 done, 1 failed, 2 usage, 130 interrupted.
 */
export async function runProgram(
  program: (done: (code: number) => void) => Command,
  args: readonly string[],
): Promise<number> {
  let code = 0;
  try {
    await program((found) => {
      code = found;
    }).parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // --help and --version
    const [code, facts] =
      error instanceof CommanderError
        ? [2, new GMemError("CONFIG", error.message.replace(/^error: /, ""))] // which commander has printed
        : [exitCodeOf(error), error];
    if (facts === error) process.stderr.write(`${explain(error)}\n`);
    if (args.includes("--json")) sayError(facts);
    return code;
  }
}
