import { pathToFileURL } from "node:url";

/*
 * A process that runs commands one after the other, in folder after folder: what they share is loaded once. It gets
 * `{ cwd, args }` and answers `{ code, output }`.
 */

const cli = pathToFileURL(process.argv[2] as string).href;
let output = "";
let calls = 0;
for (const stream of [process.stdout, process.stderr])
  stream.write = (chunk: string | Uint8Array): boolean => {
    output += String(chunk);
    return true;
  };
process.setMaxListeners(0); // each command waits for Ctrl-C
process.stdout.setMaxListeners(0);

process.on("disconnect", () => process.exit()); // whoever asked is gone
process.on("message", async ({ cwd, args }: { readonly cwd: string; readonly args: readonly string[] }) => {
  process.chdir(cwd);
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
  output = "";
  process.exitCode = 0;
  await import(`${cli}?${calls++}`);
  process.send?.({ code: process.exitCode, output });
});
