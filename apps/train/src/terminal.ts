import { hubSettings, invocationOf, progressLines } from "@gmem/terminal";

/** How to call this program again. */
export const invocation: string = invocationOf("gmem-train", ["demo"]);

/** What every long command takes: the hub of the environment, and progress on stderr. */
export const work = () => ({ hub: hubSettings(), onProgress: progressLines() });

/** The result of a command on stdout: as JSON, or for people. */
export function say(json: boolean | undefined, facts: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(facts)}\n` : `${text}\n`);
}
