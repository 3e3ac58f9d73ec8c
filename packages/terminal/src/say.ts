import { errorFacts } from "./errors.ts";

/** The result of a command on stdout: as JSON, or for people. */
export function say(json: boolean | undefined, facts: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(facts)}\n` : `${text}\n`);
}

/** Why a command failed, on stdout for programs; people read it on stderr. */
export function sayError(error: unknown): void {
  process.stdout.write(`${JSON.stringify({ error: errorFacts(error) })}\n`);
}
