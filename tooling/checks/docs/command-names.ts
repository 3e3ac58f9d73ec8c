import type { KnownNames } from "./known-names.ts";

const builtIn = new Set(["install", "i", "ci", "rebuild", "exec", "add", "pack"]);

/** The repository's own program, by its name and by that of its package. */
const ownPrograms = new Set(["gmem-train", "@gmem/train"]);

/** True for what a shell runs: `npm run demo`, `npx vitest`, `gmem-train bank add`, `run NAME --dry-run`. */
export const isCommand = (text: string, known: KnownNames): boolean =>
  /^(npm|npx|pnpm|gmem-train|node)\s/.test(text) ||
  (/\s--[a-z]/.test(text) && known.commands.has(text.split(/\s/)[0] ?? ""));

/**
 * What is wrong with a command: a script, program, command, step or flag that does not exist. Programs of others (`git`,
 * `pip install`) are not looked at.
 */
export function commandProblems(text: string, known: KnownNames, steps: readonly string[]): readonly string[] {
  const tokens = text.split(/\s+/);
  const problems: string[] = [];
  const flags = (): void => {
    for (const [flag] of text.matchAll(/(?<![\w-])--[a-z][\w-]*/g))
      if (!new RegExp(`${flag}(?![\\w-])`).test(known.text)) problems.push(`no source knows the flag ${flag}`);
  };
  if (tokens[0] === "node") {
    const program = tokens[1] ?? "";
    const here = known.paths.has(program) || /^(-|node_modules\/)/.test(program) || !program.includes("/");
    return here ? [] : [`there is no file "${program}"`];
  }
  let rest = tokens[0] === "npx" ? tokens.slice(1) : tokens;
  if (rest[0] === "npm" || rest[0] === "pnpm") {
    rest = rest.slice(rest[1] === "run" ? 2 : 1);
    const script = rest[0] ?? "";
    if (builtIn.has(script)) return [];
    if (!known.scripts.has(script)) return [`package.json has no script "${script}"`];
    rest = rest.slice(rest[1] === "--" ? 2 : 1);
    flags();
    if (script === "check") problems.push(...stepProblems(rest, steps));
    if (script === "gmem-train") problems.push(...subcommands(rest, known));
    return problems;
  }
  if (tokens[0] === "npx" && !known.programs.has(rest[0] ?? "")) return [`no program "${rest[0]}" is installed`];
  if (tokens[0] === "npx" && !ownPrograms.has(rest[0] ?? "")) return [];
  flags();
  return [...problems, ...subcommands(ownPrograms.has(rest[0] ?? "") ? rest.slice(1) : rest, known)];
}

const stepProblems = (words: readonly string[], steps: readonly string[]): string[] =>
  words
    .filter((word) => /^[a-z]/.test(word) && !steps.includes(word))
    .map((word) => `pnpm check has no step "${word}"`);

/** `bank` and what follows it are commands; anything after another command is an argument. */
function subcommands([first, second]: readonly string[], known: KnownNames): string[] {
  const named = [first, ...(first === "bank" ? [second] : [])].filter((word) => word && /^[a-z]/.test(word));
  return named
    .filter((word) => !known.commands.has(word as string))
    .map((word) => `gmem-train has no command "${word}"`);
}
