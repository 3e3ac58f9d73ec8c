export { surviveClosedOutput } from "./closed-output.ts";
export { errorFacts, exitCodeOf, explain } from "./errors.ts";
export { integer, number, pair, several, wholeNumber } from "./flags.ts";
export { type HubSettings, hubSettings } from "./hub-settings.ts";
export { stopOnInterrupt } from "./interrupt.ts";
export { invocationOf } from "./invocation.ts";
export { duration, type Progress, progress, progressLines, quantity, type StageProgress } from "./progress.ts";
export { runProgram } from "./run-program.ts";
export { say, sayError } from "./say.ts";
