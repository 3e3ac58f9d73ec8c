import {
  checkConfig,
  isRunFolder,
  loadConfig,
  loadRun,
  loadTree,
  merge,
  needsOf,
  type RunInTraining,
  runFiles,
  runFolder,
  trainRun,
} from "@gmem/runs";
import { counted, isGMemError } from "@gmem/tensor";
import { say, stopOnInterrupt } from "@gmem/terminal";
import { dryRun } from "../dry-run/dry-run.ts";
import { judgeOf, type RunVerdict } from "../judge-run.ts";
import { monitor } from "../monitor.ts";
import { commandLine, work } from "../terminal.ts";

export interface RunOptions {
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly gpu?: string;
  readonly json?: boolean;
}

/** `gmem-train run`. */
export async function run(source: string, settings: readonly string[], options: RunOptions): Promise<void> {
  if (options.dryRun) {
    const { config, hasData } = await loadForDryRun(source, settings);
    return dryRun(config, { ...options, hasData });
  }
  const config = isRunFolder(source) ? loadRun(source, settings) : await loadConfig(source, settings);
  const files = runFiles(runFolder(config));
  const resume = options.resume === true;
  const signal = stopOnInterrupt("saving a checkpoint; press Ctrl-C again to stop without");
  try {
    const common = work();
    const judge = judgeOf(config);
    let judged: RunVerdict | undefined;
    const result = await trainRun(config, {
      files,
      resume,
      signal,
      ...common,
      watch: (training) =>
        monitor(training, () => ({ facts: judged?.facts ?? {}, images: judged?.pictures ? [judged.pictures] : [] })),
      ...(judge && {
        async afterwards(training: RunInTraining) {
          judged = await judge(training, { ...common, signal });
        },
      }),
    });
    const { loss, heldOut, steps, stepsMade } = result;
    const losses = [
      `loss of the last one: ${loss.toFixed(4)}`,
      ...Object.entries(heldOut).map(([name, value]) => `${name}: ${value.toFixed(4)}`),
    ];
    const done = `${files.folder}: ${stepsMade === 0 ? "finished already, " : ""}after ${counted(steps, "step")}: ${losses.join("; ")}`;
    const longer = commandLine("run", files.folder, `steps=${2 * steps}`, "--resume");
    const asked = needsOf(config.conditioner).text ? ["--text", "a red circle"] : [];
    const next = `report  ${files.report}\nsample  ${commandLine("sample", files.folder, ...asked)}`;
    const said = Object.entries(judged?.facts ?? {}).map(([name, value]) => `\n${name}: ${value}`);
    const facts = { ...result, ...judged?.verdict };
    say(options.json, facts, `${done}${said.join("")}\n${next}${stepsMade === 0 ? `\nlonger  ${longer}` : ""}`);
  } catch (error) {
    const again = commandLine("run", source, ...settings, "--resume");
    if (isGMemError(error, "ABORTED")) process.stderr.write(`continue with: ${again}\n`);
    throw error;
  }
}

/** A preset whose data is the user's can be looked at before there is any. */
async function loadForDryRun(source: string, settings: readonly string[]) {
  if (isRunFolder(source)) return { config: loadRun(source, settings), hasData: true };
  const tree = await loadTree(source, settings);
  const hasData = tree.data !== undefined;
  return { config: checkConfig(hasData ? tree : merge(tree, { data: "none" }), source), hasData };
}
