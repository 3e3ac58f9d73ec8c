import { GMemError } from "@gmem/tensor";
import { type Interval, type IntervalOptions, wilsonInterval } from "../intervals.ts";

/** A task of GenEval, or of anybody's, and the share of pictures that solve it. */
export interface TaskScore extends Interval {
  readonly task: string;
  readonly solved: number;
  /** Pictures that were asked for it. */
  readonly count: number;
}

export interface TaskTable {
  /** GenEval's in its order, then others as they came. */
  readonly tasks: readonly TaskScore[];
  /** Mean of the tasks, whatever their counts. */
  readonly overall: Interval;
}

/** GenEval's tasks in the order of its table (Ghosh et al. 2023). */
export const genevalTasks = [
  "single object",
  "two objects",
  "counting",
  "colours",
  "position",
  "colour attribution",
] as const;

/**
 * The table of GenEval: for each task the share of pictures that solve it with Wilson's interval, and the mean of the tasks,
 * whose interval adds the distances to the bounds of its parts by squares (Zou & Donner 2008). Pictures count as independent,
 * which those of one prompt are not quite: true intervals are somewhat wider.
 * @throws {GMemError} code `DATA` without outcomes, `CONFIG` for a level outside (0, 1).
 * @example
 * const judged = [{ colours: true, "two objects": false }, { colours: true }];
 * const { tasks, overall } = taskTable(judged); // two objects 0 of 1, colours 2 of 2, overall 0.5
 */
export function taskTable(
  outcomes: Iterable<Readonly<Partial<Record<string, boolean>>>>,
  options: IntervalOptions = {},
): TaskTable {
  const found = new Map<string, { solved: number; count: number }>();
  for (const outcome of outcomes)
    for (const [task, solved] of Object.entries(outcome)) {
      if (solved === undefined) continue;
      const score = found.get(task) ?? { solved: 0, count: 0 };
      found.set(task, { solved: score.solved + Number(solved), count: score.count + 1 });
    }
  if (found.size === 0) throw new GMemError("DATA", "taskTable: needs outcomes of tasks, got none");
  const place = (task: string): number => {
    const at = (genevalTasks as readonly string[]).indexOf(task);
    return at < 0 ? genevalTasks.length : at;
  };
  const tasks = [...found]
    .sort(([a], [b]) => place(a) - place(b))
    .map(
      ([task, { solved, count }]): TaskScore => ({ task, solved, count, ...wilsonInterval(solved, count, options) }),
    );
  return { tasks, overall: meanOf(tasks) };
}

/** Mean of independent shares. */
function meanOf(shares: readonly Interval[]): Interval {
  const sum = (of: (share: Interval) => number): number => shares.reduce((total, share) => total + of(share), 0);
  const n = shares.length;
  const value = sum((share) => share.value) / n;
  return {
    value,
    low: Math.max(0, value - Math.sqrt(sum((share) => (share.value - share.low) ** 2)) / n),
    high: Math.min(1, value + Math.sqrt(sum((share) => (share.high - share.value) ** 2)) / n),
  };
}
