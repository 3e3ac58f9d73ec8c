import { key } from "@gmem/tensor";
import { type Answer, type Client, jsonOf, pause } from "./client.ts";

export interface TrafficOptions {
  readonly requests: number;
  /** Of these, at random: cancelled by id, and left by their connection. */
  readonly cancels: number;
  readonly disconnects: number;
  readonly atOnce: number;
  readonly seed: number;
  /** Called after so many requests. */
  readonly onDone?: (count: number) => Promise<void>;
}

/** How requests ended, as their clients saw it. */
export interface TrafficCounts {
  done: number;
  cancelled: number;
  left: number;
  /** Answers that the queue is full, after which a client asked again. */
  refused: number;
  /** What must not be. */
  readonly faults: string[];
  /** Milliseconds of those that were done. */
  readonly ms: number[];
}

const ends = ["done", "failed", "cancelled"];

/** Requests of one to three pictures in one to five steps, half of them guided, some of which are cancelled or left. */
export async function traffic(client: Client, options: TrafficOptions): Promise<TrafficCounts> {
  const { requests, cancels, disconnects, atOnce, seed, onDone } = options;
  const counts: TrafficCounts = { done: 0, cancelled: 0, left: 0, refused: 0, faults: [], ms: [] };
  const random = key(seed);
  const order = [...random.split("order").uniform([requests]).data.entries()].sort(([, a], [, b]) => a - b);
  const ways = new Map(
    order.map(([i], rank) => [i, rank < cancels ? "cancel" : rank < cancels + disconnects ? "leave" : "wait"]),
  );
  const fault = (i: number, text: string): number => counts.faults.push(`request ${i}: ${text}`);

  async function posted(path: string, body: object, signal?: AbortSignal): Promise<Answer> {
    for (;;) {
      const answer = await client.ask(path, { body, ...(signal && { signal }) });
      if (answer.status !== 429) return answer;
      counts.refused++;
      await pause(20);
    }
  }

  async function one(i: number): Promise<void> {
    const [a = 0, b = 0, wait = 0] = random.split(i).uniform([3]).data;
    const body = { seed: i, steps: 1 + Math.floor(5 * a), count: 1 + Math.floor(3 * b), guidance: 1 + (i % 2) };
    const way = ways.get(i);
    if (way === "wait") {
      const { status, ms } = await posted("/v1/samples?wait=true", body);
      if (status !== 200) fault(i, `was answered with ${status}`);
      else counts.ms.push(ms);
      counts.done++;
      return;
    }
    if (way === "leave") {
      const controller = new AbortController();
      const asked = posted("/v1/samples?wait=true", body, controller.signal).catch(() => {});
      await pause(30 * wait);
      controller.abort();
      await asked;
      counts.left++;
      return;
    }
    const job = jsonOf(await posted("/v1/samples", body));
    await pause(30 * wait);
    const ended = jsonOf(await client.ask(`/v1/jobs/${job.id}`, { method: "DELETE" }));
    if (!ends.includes(ended.status)) fault(i, `was cancelled and is ${ended.status}`);
    const events = (await client.ask(`/v1/jobs/${job.id}/events`)).body.toString("utf8");
    const told = [...events.matchAll(/^event: (\w+)$/gm)].map((match) => match[1] as string);
    const last = told.filter((type) => ends.includes(type));
    if (last.length !== 1 || told.at(-1) !== ended.status)
      fault(i, `ended as ${last}, the last event being ${told.at(-1)}`);
    counts.cancelled++;
  }

  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < requests) {
      await one(next++);
      await onDone?.(++done);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return counts;
}
