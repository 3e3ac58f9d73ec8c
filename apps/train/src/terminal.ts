import { shellWord } from "@gmem/tensor";
import { hubSettings, invocationOf, progressLines, s3Access } from "@gmem/terminal";

/** How to call this program again. */
export const invocation: string = invocationOf("gmem-train", ["demo"]);

/** A command of this program to copy into a shell: words that a shell would take apart stand in quotes. */
export const commandLine = (...words: readonly string[]): string => [invocation, ...words.map(shellWord)].join(" ");

/** What every long command takes: hub and buckets of the environment, and progress on stderr. */
export const work = () => ({ hub: hubSettings(), s3: s3Access(), onProgress: progressLines() });
