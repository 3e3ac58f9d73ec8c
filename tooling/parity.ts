#!/usr/bin/env node
import { stat } from "node:fs/promises";
import { Command, CommanderError } from "commander";
import { cases } from "./parity/cases.ts";
import { checkFile, parityFiles } from "./parity/run.ts";

const number = (value: number): string => (Number.isFinite(value) ? value.toExponential(1) : String(value));

async function main(folder: string, options: { only?: string; json?: boolean }): Promise<number> {
  const isFolder = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    console.error(`parity: DIR must be a folder of .safetensors files, got "${folder}"`);
    return 2;
  }
  const files = await parityFiles(folder, options.only);
  if (files.length === 0) {
    console.error(`parity: no .safetensors file ${options.only ? `matches "${options.only}"` : "is"} in ${folder}`);
    return 2;
  }
  let failures = 0;
  for (const path of files) {
    const result = await checkFile(path, cases);
    if (!result.ok) failures++;
    if (options.json) console.log(JSON.stringify(result));
    else
      console.log(
        `${result.ok ? "ok  " : "FAIL"} ${result.name} ${number(result.maxError)} ${number(result.tolerance)}`,
      );
    for (const problem of result.problems) console.error(`     ${result.name}: ${problem}`);
  }
  console.error(`${files.length - failures} ok, ${failures} failed`);
  return failures > 0 ? 1 : 0;
}

const program = new Command("parity")
  .description("Recomputes reference files with the public packages and compares every output.")
  .argument("<DIR>", "folder of COMPONENT.VARIANT.safetensors files")
  .option("--only <globs>", "comma-separated globs over file names, e.g. 'sit_*,adamw*'")
  .option("--json", "one JSON object a line")
  .showSuggestionAfterError()
  .exitOverride()
  .action(async (folder: string, options: { only?: string; json?: boolean }) => {
    process.exitCode = await main(folder, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
