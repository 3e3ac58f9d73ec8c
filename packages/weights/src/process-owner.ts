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
  started: (await statOf(process.pid))?.started ?? null,
  host: hostname(),
});

/** Whether a process is there still; one of another machine is taken to be, one that only waits for its parent is not. */
export async function isRunning({ pid, started, host }: ProcessOwner): Promise<boolean> {
  if (host !== hostname()) return true; // cannot be known from here
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = await statOf(pid);
  if (now && /[ZX]/.test(now.state)) return false; // killed, and not asked for by its parent yet
  return started === null || started === (now?.started ?? null);
}

async function statOf(pid: number): Promise<{ readonly state: string; readonly started: string | null } | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const [state = "", ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state, started: rest[18] ?? null };
  } catch {
    return undefined; // gone, or a system that does not tell
  }
}
