import { readFile } from "node:fs/promises";
import { hostname } from "node:os";

/** A process, told from all that had its id before or will have it. */
export interface ProcessOwner {
  readonly pid: number;
  /** Start of the process in clock ticks, where the system tells: ids are used again, a pair is not. */
  readonly started: string | null;
  readonly host: string;
}

/** The process that asks. */
export const thisProcess = async (): Promise<ProcessOwner> => ({
  pid: process.pid,
  started: await startOf(process.pid),
  host: hostname(),
});

/** Whether a process is there still; one of another machine is taken to be. */
export async function isRunning({ pid, started, host }: ProcessOwner): Promise<boolean> {
  if (host !== hostname()) return true; // cannot be known from here
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return started === null || started === (await startOf(pid));
}

async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
