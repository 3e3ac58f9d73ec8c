import { setTimeout as wait } from "node:timers/promises";
import type { Queue, QueueTask } from "@gmem/spec";
import { expect } from "vitest";
import { expectRejection } from "./expect-code.ts";
import { type SuiteOptions, suite } from "./suite.ts";

const task = (i: number): QueueTask => ({ id: `task-${i}`, kind: "count", data: { key: `key-${i}`, i } });
const tasks = (count: number): QueueTask[] => Array.from({ length: count }, (_, i) => task(i));
const ids = (all: readonly QueueTask[]): string[] => all.map(({ id }) => id);

async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isThere())) await wait(10);
}
const isDrained = async (queue: Queue): Promise<boolean> => {
  const { waiting, active } = await queue.counts();
  return waiting + active === 0;
};

/**
 * What every queue does: each task once, three tries, failed ones aside, workers that drain.
 * @param factory makes an empty queue.
 * @example
 * // no-run
 * import type { Queue } from "@gmem/spec";
 * declare const mine: () => Promise<Queue>;
 * testQueue("mine", mine);
 */
export function testQueue(name: string, factory: () => Queue | Promise<Queue>, options: SuiteOptions = {}): void {
  const me = { name: "worker", about: "a test" };
  suite(`queue ${name}`, options, (claim) => {
    const withQueue = (title: string, test: (queue: Queue) => Promise<void>): void =>
      claim(title, async () => {
        const queue = await factory();
        try {
          await test(queue);
        } finally {
          await queue.close();
        }
      });

    withQueue("gives each task once, with what it is about", async (queue) => {
      const seen: QueueTask[] = [];
      await queue.add(tasks(20));
      const worker = await queue.work(async (one) => void seen.push(one), { ...me, concurrency: 3 });
      await until(() => seen.length >= 20);
      await queue.add([task(20)]);
      await until(() => isDrained(queue));
      await worker.close();
      expect(seen.sort((a, b) => Number(a.data.i) - Number(b.data.i))).toEqual(tasks(21));
    });

    withQueue("shares tasks among workers, each of which says what it is", async (queue) => {
      const seen: string[][] = [[], []];
      let isOpen = false;
      const workers = await Promise.all(
        seen.map((own, i) =>
          queue.work(
            async ({ id }) => {
              own.push(id);
              await until(() => isOpen);
            },
            { name: `worker-${i}`, about: `machine ${i}` },
          ),
        ),
      );
      await queue.add(tasks(10));
      await until(() => seen.every((own) => own.length > 0));
      const facts = [...(await queue.workers())].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(facts.map(({ name, about }) => [name, about])).toEqual([
        ["worker-0", "machine 0"],
        ["worker-1", "machine 1"],
      ]);
      isOpen = true;
      await until(() => isDrained(queue));
      for (const worker of workers) await worker.close();
      expect(seen.flat().sort()).toEqual(ids(tasks(10)).sort());
      expect(await queue.workers()).toEqual([]);
    });

    withQueue("takes two tasks of one id for one, until it has ended", async (queue) => {
      let runs = 0;
      await queue.add([task(1), task(1)]);
      await queue.add([task(1)]);
      expect(await queue.counts()).toEqual({ waiting: 1, active: 0, failed: 0 });
      const worker = await queue.work(async () => void runs++, me);
      await until(() => isDrained(queue));
      await queue.add([task(1)]);
      await until(() => isDrained(queue));
      await worker.close();
      expect(runs).toBe(2);
    });

    withQueue("tries a task three times, puts it aside with its error, and goes on with the rest", async (queue) => {
      const tries: string[] = [];
      await queue.add(tasks(4));
      const fails = (id: string): boolean =>
        id === "task-1" || (id === "task-2" && tries.filter((one) => one === id).length < 3);
      const worker = await queue.work(async ({ id }) => {
        tries.push(id);
        if (fails(id)) throw new TypeError(`poison of ${id}`);
      }, me);
      await until(() => isDrained(queue));
      await worker.close();
      expect(tries.toSorted()).toEqual([
        "task-0",
        "task-1",
        "task-1",
        "task-1",
        "task-2",
        "task-2",
        "task-2",
        "task-3",
      ]);
      expect(await queue.failed()).toEqual([{ task: task(1), error: "poison of task-1", tries: 3 }]);
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 1 });
    });

    withQueue("leaves a failed task aside until it is retried", async (queue) => {
      let isMended = false;
      let runs = 0;
      const worker = await queue.work(async () => {
        runs++;
        if (!isMended) throw new TypeError("not yet");
      }, me);
      await queue.add([task(1), task(2)]);
      await until(async () => (await queue.counts()).failed === 2);
      await queue.add([task(1)]);
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 2 });
      expect(runs).toBe(6);
      isMended = true;
      expect(await queue.retry(["task-1", "task-unknown"])).toBe(1);
      await until(async () => runs === 7 && (await isDrained(queue)));
      expect(await queue.remove(["task-2", "task-unknown"])).toBe(1);
      expect(await queue.failed()).toEqual([]);
      await worker.close();
    });

    withQueue("forgets what waits when it is told to", async (queue) => {
      await queue.add(tasks(5));
      expect(await queue.remove(["task-1", "task-3"])).toBe(2);
      const seen: string[] = [];
      const worker = await queue.work(async ({ id }) => void seen.push(id), me);
      await until(() => isDrained(queue));
      await worker.close();
      expect(seen.sort()).toEqual(["task-0", "task-2", "task-4"]);
    });

    withQueue("lets a worker end what it has begun, and take no more", async (queue) => {
      const [begun, ended]: [string[], string[]] = [[], []];
      let isOpen = false;
      const worker = await queue.work(async ({ id }) => {
        begun.push(id);
        await until(() => isOpen);
        ended.push(id);
      }, me);
      await queue.add(tasks(3));
      await until(() => begun.length === 1);
      const closing = worker.close();
      isOpen = true;
      await closing;
      expect(ended).toEqual(begun);
      expect(begun).toHaveLength(1);
      expect(await queue.counts()).toEqual({ waiting: 2, active: 0, failed: 0 });
    });

    withQueue("refuses ids that are none and data that belong into a store", async (queue) => {
      for (const id of ["", "a b", "a:b", "a/b", "12", "x".repeat(300)])
        await expectRejection(async () => queue.add([{ ...task(0), id }]), "CONFIG");
      await expectRejection(async () => queue.add([{ ...task(0), data: { text: "x".repeat(5000) } }]), "CONFIG");
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0, failed: 0 });
    });
  });
}
