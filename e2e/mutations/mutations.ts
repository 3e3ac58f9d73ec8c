import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root } from "../repository.ts";
import type { Steps } from "../steps.ts";
import { parsers } from "./parsers.ts";
import type { Outcome, Task } from "./worker.ts";

/** Files of one task; a worker that says nothing for a minute hangs. */
const portion = 500;
const patience = 60_000;

/** Ten thousand files of all formats with bytes changed, cut, doubled or grown: a typed error or the right content, soon and in little memory. */
export const mutations = (steps: Steps): Promise<void> => mutate(steps, 10_000);

/** The same for 300,000: by hand, some minutes. */
export const everyMutation = (steps: Steps): Promise<void> => mutate(steps, 300_000);

async function mutate(steps: Steps, count: number): Promise<void> {
  const each = Math.ceil(count / parsers.length);
  const tasks = parsers.flatMap(({ name }): Task[] =>
    Array.from({ length: Math.ceil(each / portion) }, (_, i) => ({
      parser: name,
      from: i * portion,
      to: Math.min(each, (i + 1) * portion),
    })),
  );
  const outcomes: Outcome[] = [];
  const next = async (): Promise<void> => {
    const worker = fork(join(root, "e2e/dist/mutations/worker.js"), {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const gone = once(worker, "exit").then(([code]) => new Error(`the process ended with ${code}`));
    try {
      for (let task = tasks.shift(); task; task = tasks.shift()) outcomes.push(await asked(worker, { task, gone }));
    } finally {
      worker.kill();
    }
  };
  const workers = Array.from({ length: Math.min(2, availableParallelism()) }, () =>
    next().catch((error: Error) => error),
  );
  const broken = (await Promise.all(workers)).filter((error) => error instanceof Error);
  for (const { name } of parsers)
    await steps.step(`${each} mutated files: ${name}`, () => {
      if (broken.length > 0) throw broken[0];
      return summary(outcomes.filter(({ parser }) => parser === name));
    });
}

async function asked(
  worker: ChildProcess,
  { task, gone }: { readonly task: Task; readonly gone: Promise<Error> },
): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error(`nothing came for ${patience / 1000} s`)), patience);
  });
  const answer = new Promise<Outcome>((resolve) => worker.once("message", (outcome) => resolve(outcome as Outcome)));
  worker.send(task);
  try {
    const first = await Promise.race([answer, gone, late]);
    if (first instanceof Error) throw new Error(`${task.parser}, ${task.from} to ${task.to}: ${first.message}`);
    return first;
  } finally {
    clearTimeout(timer);
  }
}

function summary(outcomes: readonly Outcome[]): string {
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  if (failures.length > 0) throw new Error([`${failures.length} wrong:`, ...failures.slice(0, 8)].join("\n"));
  const read = outcomes.reduce((sum, outcome) => sum + outcome.read, 0);
  const slowest = Math.max(...outcomes.map((outcome) => outcome.slowest));
  const most = Math.max(...outcomes.map((outcome) => outcome.most));
  return `${read} read all the same, the slowest ${slowest.toFixed(0)} ms, at most ${(most / 2 ** 20).toFixed(0)} MB more`;
}
