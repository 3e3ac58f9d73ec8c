import { afterEach, describe, expect, it, vi } from "vitest";
import type { JobFacts } from "./job.ts";
import { jobQueue } from "./job-queue.ts";

const order = (more: Partial<JobFacts> = {}) => ({
  ...{ run: "tiny", pictures: 1, steps: 1, keep: false, bytes: 100, ...more },
  work: async () => "a picture",
});
const queueOf = (more: { readonly most?: number; readonly keep?: number } = {}) =>
  jobQueue({ most: 2, keep: 900, room: () => 1, ...more });
const forever = () => new Promise<string>(() => {});

afterEach(() => vi.useRealTimers());

describe("a queue of jobs", () => {
  it("keeps the last 1,000 results, and of large ones as many as half a gigabyte holds, but one at least", async () => {
    const queue = queueOf({ most: 1e4 });
    const ids = async (count: number, more: Partial<JobFacts> = {}): Promise<readonly string[]> => {
      const jobs = Array.from({ length: count }, () => queue.add(order(more)));
      await Promise.all(jobs.map(({ ended }) => ended));
      return jobs.map(({ id }) => id);
    };
    const kept = (of: readonly string[]): readonly boolean[] => of.map((id) => queue.get(id) !== undefined);
    const small = await ids(1002);
    expect(kept(small).filter(Boolean)).toHaveLength(1000);
    expect(kept(small).slice(0, 3)).toEqual([false, false, true]);
    expect(kept(await ids(3, { bytes: 0.4 * 2 ** 29 }))).toEqual([false, true, true]);
    const [huge = ""] = await ids(1, { bytes: 2 ** 30 });
    expect(queue.all.map(({ id }) => id)).toEqual([huge]);
  });

  it("forgets results in time, and no job that is not over", async () => {
    vi.useFakeTimers();
    const queue = queueOf({ keep: 10 });
    const done = queue.add(order());
    await done.ended;
    const open = queue.add({ ...order(), work: forever });
    vi.advanceTimersByTime(9000);
    expect(queue.get(done.id)).toBe(done);
    vi.advanceTimersByTime(11_001);
    expect(queue.all).toEqual([open]);
  });

  it("refuses with one error for as long as it says the same", async () => {
    const queue = queueOf();
    expect(queue.refusal()).toBeUndefined();
    const jobs = Array.from({ length: 2 }, () => queue.add({ ...order({ steps: 1e6 }), work: forever }));
    await Promise.resolve(); // the first one begins
    jobs.push(queue.add({ ...order(), work: forever }));
    const full = queue.refusal();
    expect(full).toMatchObject({ status: 429, code: "QUEUE_FULL", facts: { limit: "queue", allowed: 2 } });
    expect(queue.refusal()).toBe(full);
    expect(() => queue.add(order())).toThrow(full);
    jobs[1]?.cancel("for the test");
    await jobs[1]?.ended;
    expect(queue.refusal()).toBeUndefined();
    void queue.drain(60);
    expect(queue.refusal()).toMatchObject({ status: 503, code: "DRAINING", facts: { retryAfter: 30 } });
  });
});
