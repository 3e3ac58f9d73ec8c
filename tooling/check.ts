#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { Command, CommanderError, Option } from "commander";
import { api } from "./checks/api.ts";
import type { Check } from "./checks/check.ts";
import { command } from "./checks/command.ts";
import { configuration } from "./checks/configuration/configuration.ts";
import type { JsonSchema } from "./checks/configuration/json-schema.ts";
import { configKeys } from "./checks/docs/config-keys.ts";
import { docs } from "./checks/docs/docs.ts";
import { links } from "./checks/docs/links.ts";
import { names } from "./checks/docs/names.ts";
import { paperMap } from "./checks/docs/paper-map.ts";
import { duplicates } from "./checks/duplicates.ts";
import { exportsMap } from "./checks/exports.ts";
import { packages } from "./checks/packages.ts";
import { size } from "./checks/size.ts";
import { structure } from "./checks/structure.ts";

const workspaces = ["packages", "apps", "examples", "bench", "tooling", "e2e"];

/** The steps, longest first: two run at a time. */
const checks: readonly Check[] = [
  packages,
  command("types", "tsc", ["-p", "tsconfig.json", "--pretty", "false"]),
  docs,
  command("reference", "typedoc", ["--emit", "none"]),
  api,
  command("layers", "depcruise", ["--config", "tooling/layers.cjs", ...workspaces]),
  {
    ...command("biome", "biome", ["check", ".", "--max-diagnostics=50"]),
    fix: async (root) => void (await command("biome", "biome", ["check", "--write", "."]).run(root)),
  },
  command("knip", "knip", ["--treat-config-hints-as-errors"]),
  duplicates,
  structure,
  size,
  exportsMap,
  links,
  names({
    steps: () => checks.map(({ name }) => name),
    keys: async () => configKeys((await runConfiguration()).schema),
  }),
  configuration(runConfiguration),
  paperMap,
  command("sherif", "sherif", []),
];

/** The schema of runs as the built package has it, and the names of its presets. */
async function runConfiguration() {
  const { presets, runSchema } = await import("@gmem/runs");
  const schema = runSchema.toJSONSchema({
    target: "draft-07",
    io: "input",
    override({ zodSchema: { _zod }, jsonSchema }) {
      if (_zod.def.type === "default") jsonSchema.default = _zod.def.defaultValue; // is left out where kinds are filled in
    },
  }) as JsonSchema;
  return { schema, presets: Object.keys(presets) };
}

async function main(names: readonly string[], fix: boolean): Promise<number> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const chosen = checks.filter(({ name }) => names.length === 0 || names.includes(name));
  if (fix) for (const check of chosen) await check.fix?.(root);
  const pending = [...chosen];
  let failed = 0;
  const lane = async (): Promise<void> => {
    for (let check = pending.shift(); check; check = pending.shift()) {
      const start = performance.now();
      const problems = await check.run(root).catch((error: Error) => [error.stack ?? error.message]);
      const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
      console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${check.name.padEnd(10)}${seconds} s`);
      for (const problem of problems) console.log(`     ${problem.replaceAll("\n", "\n     ")}`);
      if (problems.length > 0) failed++;
    }
  };
  await Promise.all([lane(), lane()]);
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

const program = new Command("check")
  .description(
    "Everything that must hold besides the tests: types, lint, layers, structure, sizes, documentation, packages.",
  )
  .addOption(new Option("--fix", "first rewrite what can be derived: formatting, export maps, API reports"))
  .argument("[step...]", `some of: ${checks.map(({ name }) => name).join(", ")}`)
  .showSuggestionAfterError()
  .exitOverride()
  .action(async (names: string[], options: { fix?: boolean }) => {
    const unknown = names.find((name) => !checks.some((check) => check.name === name));
    if (unknown !== undefined)
      console.error(`check: a step is one of ${checks.map(({ name }) => name).join(", ")}, got "${unknown}"`);
    process.exitCode = unknown === undefined ? await main(names, options.fix ?? false) : 2;
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
