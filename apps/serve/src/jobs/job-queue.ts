import { Refusal } from "../refusal.ts";
import { type Job, type JobOrder, newJob } from "./job.ts";

export interface JobQueueOptions {
  /** Jobs that may wait. */
  readonly most: number;
  /** Seconds that results are kept. */
  readonly keep: number;
  /** Pictures of a run that are drawn at once; more wait. */
  readonly room: (run: string) => number;
}

/** Jobs of every run, each run's in the order in which they came. */
export interface JobQueue {
  /** @throws {Refusal} 429 where too many wait, 503 while the server drains. */
  add<Result>(order: JobOrder<Result>): Job<Result>;
  /** The refusal that {@link add} would throw now; the same object as long as it says the same. */
  refusal(): Refusal | undefined;
  get(id: string): Job | undefined;
  readonly all: readonly Job[];
  /** How many jobs of its run begin before it: 0 for one that draws. */
  position(job: Job): number;
  /** Until it is done, by what work took so far; undefined before any. */
  etaSeconds(job: Job): number | undefined;
  counts(): { readonly queued: number; readonly running: number };
  readonly isDraining: boolean;
  /** Refuses new jobs, and lets those that are there end; cancels what is left after some seconds. */
  drain(seconds: number): Promise<void>;
  onEnd(hear: (job: Job) => void): void;
}

/** Results that are kept at most, however young, and their bytes. */
const mostKept = 1000;
const mostBytes = 2 ** 29;

interface Lane {
  readonly waiting: Job[];
  readonly running: Set<Job>;
  /** Milliseconds of one step of one picture, where it is known. */
  pace?: number;
}

export function jobQueue({ most, keep, room }: JobQueueOptions): JobQueue {
  const jobs = new Map<string, Job>();
  const lanes = new Map<string, Lane>();
  /** In the order in which they ended. */
  const ended: Job[] = [];
  let endedBytes = 0;
  const hearing: ((job: Job) => void)[] = [];
  let lastRefusal: Refusal | undefined;
  let isDraining = false;
  const laneOf = (run: string): Lane => {
    const lane = lanes.get(run) ?? { waiting: [], running: new Set() };
    lanes.set(run, lane);
    return lane;
  };
  const drawing = (lane: Lane): number => [...lane.running].reduce((sum, { order }) => sum + order.pictures, 0);
  const waiting = (): number => [...lanes.values()].reduce((sum, lane) => sum + lane.waiting.length, 0);
  const forget = (): void => {
    const oldest = Date.now() - 1000 * keep;
    for (let [first] = ended; first; [first] = ended) {
      const isKept = (first.finished as number) >= oldest && ended.length <= mostKept;
      if (isKept && (endedBytes <= mostBytes || ended.length === 1)) return;
      ended.shift();
      endedBytes -= bytesOf(first);
      jobs.delete(first.id);
    }
  };
  const left = (lane: Lane, until?: Job): number => {
    const ahead = until && lane.waiting.includes(until) ? lane.waiting.slice(0, lane.waiting.indexOf(until) + 1) : [];
    const all = until && !lane.waiting.includes(until) ? [until] : [...lane.running, ...ahead];
    return all.reduce((sum, job) => sum + Math.max(0, unitsOf(job) - job.progress), 0);
  };
  const begin = (lane: Lane): void => {
    for (let [next] = lane.waiting; next; [next] = lane.waiting) {
      const { run, pictures } = next.order;
      if (lane.running.size > 0 && drawing(lane) + pictures > room(run)) return;
      lane.waiting.shift();
      void draw(lane, next);
    }
  };
  const draw = async (lane: Lane, job: Job): Promise<void> => {
    lane.running.add(job);
    const began = performance.now();
    const beside = lane.running.size;
    await job.start();
    lane.running.delete(job);
    if (job.status === "done") {
      const own = (performance.now() - began) / unitsOf(job) / beside;
      lane.pace = lane.pace === undefined ? own : 0.7 * lane.pace + 0.3 * own;
    }
    begin(lane);
  };
  const timer = setInterval(forget, Math.min(60_000, 1000 * keep));
  timer.unref();
  /** One at a time is kept: a full queue refuses a thousand times a second, and an error costs more than its answer. */
  const refused = (code: keyof typeof refusals, retryAfter: number): Refusal => {
    if (lastRefusal?.code !== code || lastRefusal.facts.retryAfter !== retryAfter)
      lastRefusal = refusals[code](retryAfter, most);
    return lastRefusal;
  };
  const refusal = (): Refusal | undefined => {
    if (isDraining) return refused("DRAINING", 30);
    if (waiting() < most) return undefined;
    const each = [...lanes.values()].map((lane) => left(lane) * (lane.pace ?? 10));
    return refused("QUEUE_FULL", Math.max(1, Math.ceil(Math.min(...each) / 1000 / 2)));
  };
  return {
    refusal,
    add(order) {
      const full = refusal();
      if (full) throw full;
      const lane = laneOf(order.run);
      const job = newJob(order);
      jobs.set(job.id, job as Job);
      lane.waiting.push(job as Job);
      void job.ended.then(() => {
        const at = lane.waiting.indexOf(job as Job);
        if (at >= 0) lane.waiting.splice(at, 1);
        ended.push(job as Job);
        endedBytes += bytesOf(job as Job);
        forget();
        for (const hear of hearing) hear(job as Job);
      });
      job.events.add("queued", { position: lane.waiting.length - 1 });
      queueMicrotask(() => begin(lane)); // who asked hears of it first
      return job;
    },
    get: (id) => jobs.get(id),
    get all() {
      return [...jobs.values()];
    },
    position: (job) => Math.max(0, laneOf(job.order.run).waiting.indexOf(job) + 1),
    etaSeconds(job) {
      const lane = laneOf(job.order.run);
      if (job.finished !== undefined) return 0;
      return lane.pace === undefined ? undefined : Number(((left(lane, job) * lane.pace) / 1000).toFixed(2));
    },
    counts: () => ({
      queued: waiting(),
      running: [...lanes.values()].reduce((sum, lane) => sum + lane.running.size, 0),
    }),
    get isDraining() {
      return isDraining;
    },
    async drain(seconds) {
      isDraining = true;
      clearInterval(timer);
      const open = [...jobs.values()].filter(({ finished }) => finished === undefined);
      const patience = new Promise<void>((resolve) => setTimeout(resolve, 1000 * seconds).unref());
      await Promise.race([Promise.all(open.map(({ ended }) => ended)), patience]);
      for (const job of open) job.cancel("the server stopped");
      while ([...lanes.values()].some(({ running }) => running.size > 0))
        await new Promise((resolve) => setTimeout(resolve, 5));
    },
    onEnd(hear) {
      hearing.push(hear);
    },
  };
}

const unitsOf = ({ order }: Job): number => order.pictures * order.steps;
/** Of what is kept of it: no pictures unless it is done. */
const bytesOf = ({ order, status }: Job): number => (status === "done" ? order.bytes : 0);

const refusals = {
  DRAINING: (retryAfter: number) =>
    new Refusal(503, "DRAINING", "the server is stopping; ask another one", { retryAfter }),
  QUEUE_FULL: (retryAfter: number, most: number) =>
    new Refusal(429, "QUEUE_FULL", `the queue holds ${most} jobs and is full; ask again later`, {
      limit: "queue",
      allowed: most,
      retryAfter,
    }),
} as const;
