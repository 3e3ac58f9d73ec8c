/**
 * How to call a program again: by npm's script in the repository, by its name elsewhere.
 * @param scripts npm scripts that start the program, besides its own name.
 */
export function invocationOf(program: string, scripts: readonly string[] = []): string {
  return [program, ...scripts].includes(process.env.npm_lifecycle_event ?? "") ? `npm run ${program} --` : program;
}
