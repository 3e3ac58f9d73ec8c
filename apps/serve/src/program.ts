import { createRequire } from "node:module";
import { integer, number, runProgram, several } from "@gmem/terminal";
import { Command } from "commander";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

const withFlags = (command: Command): Command =>
  command
    .option("--port <n>", "0 takes a free one", integer, 3000)
    .option("--host <address>", "another than loopback needs a token", "127.0.0.1")
    .option("--token <secret>", "asked for as `Authorization: Bearer …`; better given as GMEM_TOKEN")
    .option("--public-url <url>", "how clients reach the server, for urls in answers and the check of Host")
    .option("--cors <origin>", "an origin whose pages may ask; several by an option each", several)
    .option("--slots <n>", "pictures of one step of the network", integer)
    .option("--queue <n>", "jobs that may wait", integer, 100)
    .option("--max-count <n>", "pictures of one request", integer, 64)
    .option("--max-steps <n>", "solver steps of one request", integer, 250)
    .option("--max-body <mb>", "megabytes of one request", number, 16)
    .option("--keep <seconds>", "how long results are kept", integer, 900)
    .option("--rate <n>", "requests a minute from one address; 0 is any number", integer, 0)
    .option("--memory <gb>", "of all open runs; default: half of the machine's", number)
    .option("--drain <seconds>", "how long work may go on after SIGTERM", integer, 30)
    .option("--log <level>", "silent, error, warn, info or debug: JSON lines on stderr", "warn");

/** Every command. Its code is loaded when it runs: `--help` answers at once. */
function program(): Command {
  const root = new Command("gmem-serve")
    .description("Serves runs with a page, an API, an editable memory and OpenAI's routes for images.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      "after",
      "\nWithout a run it serves the drawings model that ships, as a copy in runs/drawings whose bank can be edited.\nExit codes: 0 stopped, 1 failed, 2 usage.",
    );
  withFlags(root.argument("[runs...]", "run folders, or NAME=FOLDER")).action(async (runs, options) =>
    (await import("./commands/serve.ts")).serve(runs, options),
  );
  withFlags(root.command("demo").description("serves runs/demo, which `npm run demo` trains in minutes"))
    .exitOverride()
    .action(async (_, command: Command) =>
      (await import("./commands/serve.ts")).serve(["runs/demo"], command.optsWithGlobals()),
    );
  return root;
}

/** Runs a command line, program name left out. @returns the exit code: 0 stopped, 1 failed, 2 usage. */
export const main = (args: readonly string[]): Promise<number> => runProgram(program, args);
