import type { FailedTask, Queue, QueueHandler, QueueTask, QueueWorker, QueueWorkOptions } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { checkTask, mostTries } from "./check-task.ts";

interface Entry {
  readonly task: QueueTask;
  tries: number;
  error?: string;
}

/**
 * A queue of this process, for one machine and for tests: tasks in the order in which they were added, failed ones behind
 * the others. It is gone with the process; what was computed is in the store.
 * @example
 * const queue = inProcessQueue();
 * await queue.add([{ id: "shard-0", kind: "encode", data: { job: "ab12" } }]);
 * const worker = await queue.work(async ({ data }) => void data.job, { name: "here", about: "this process" });
 * await worker.close();
 */
export function inProcessQueue(): Queue {
  const waiting = new Map<string, Entry>();
  const active = new Map<string, Entry>();
  const failed = new Map<string, Entry>();
  const workers = new Set<{ facts: QueueWorker; wake: () => void }>();
  const wakeAll = (): void => {
    for (const { wake } of workers) wake();
  };
  let closed = false;
  const check = (): void => {
    if (closed) throw new GMemError("CONFIG", "queue: must be open, got one that was closed");
  };

  async function attempt(entry: Entry, handler: QueueHandler): Promise<void> {
    const { task } = entry;
    active.set(task.id, entry);
    try {
      await handler(task);
    } catch (error) {
      entry.tries++;
      entry.error = (error as Error).message;
      (entry.tries < mostTries ? waiting : failed).set(task.id, entry);
    } finally {
      active.delete(task.id);
    }
  }

  return {
    name: "in this process",
    async add(tasks) {
      check();
      for (const task of tasks) checkTask(task);
      for (const task of tasks)
        if (![waiting, active, failed].some((some) => some.has(task.id))) waiting.set(task.id, { task, tries: 0 });
      wakeAll();
    },
    async work(handler, { name, about, concurrency = 1 }: QueueWorkOptions) {
      check();
      const own = { facts: { name, about, concurrency, done: 0, busy: 0 }, wake: (): void => {} };
      let isClosing = false;
      const slots = Array.from({ length: concurrency }, () => ({ wake: (): void => {} }));
      own.wake = () => {
        for (const slot of slots) slot.wake();
      };
      workers.add(own);
      const loops = slots.map(async (slot) => {
        while (!isClosing) {
          const [next] = waiting.values();
          if (!next) {
            await new Promise<void>((resolve) => {
              slot.wake = resolve;
            });
            continue;
          }
          waiting.delete(next.task.id);
          const start = performance.now();
          await attempt(next, handler);
          own.facts = { ...own.facts, done: own.facts.done + 1, busy: own.facts.busy + performance.now() - start };
          wakeAll();
        }
      });
      return {
        async close() {
          isClosing = true;
          own.wake();
          await Promise.all(loops);
          workers.delete(own);
        },
      };
    },
    counts: async () => ({ waiting: waiting.size, active: active.size, failed: failed.size }),
    failed: async () =>
      [...failed.values()].slice(0, 1000).map(({ task, tries, error = "" }): FailedTask => ({ task, tries, error })),
    async retry(ids) {
      const known = ids.flatMap((id) => failed.get(id) ?? []);
      for (const { task } of known) {
        failed.delete(task.id);
        waiting.set(task.id, { task, tries: 0 });
      }
      wakeAll();
      return known.length;
    },
    remove: async (ids) => ids.filter((id) => waiting.delete(id) || failed.delete(id)).length,
    workers: async () => [...workers].map(({ facts }) => facts),
    async close() {
      closed = true;
      waiting.clear();
    },
  };
}
