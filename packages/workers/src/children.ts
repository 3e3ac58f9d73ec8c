import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ShardOutcome } from "@gmem/jobs";
import { GMemError } from "@gmem/tensor";
import type { Answer, Note, Order } from "./child-messages.ts";

/** Beside the built program; tests run the built one as well. */
const program = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../dist/child.js" : "./child.js", import.meta.url),
);

/** How often a shard is begun again after its process was killed from outside. */
const mostLosses = 10;

/** Processes that compute shards, one each at a time: what blocks, crashes or is killed there leaves this process alone. */
export interface Children {
  /** @param tell Told when a shard is begun, lost with its process, or waits for something. */
  run(order: Order, tell: (note: Note & { readonly lost?: true }) => void): Promise<ShardOutcome>;
  close(): Promise<void>;
}

/** Starts `count` processes, which load while work is still being planned; those that were killed are started again as needed. */
export function children(count: number): Children {
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  const waiting: (() => void)[] = [];
  let busy = 0;

  const start = (): ChildProcess => {
    const child = fork(program, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    all.add(child);
    child.on("error", () => undefined); // what was sent to one that is gone; its end is what counts
    child.once("exit", () => {
      all.delete(child);
      if (idle.includes(child)) idle.splice(idle.indexOf(child), 1);
    });
    return child;
  };

  for (let one = 0; one < count; one++) idle.push(start());

  /** @returns undefined if the process was killed from outside. */
  async function attempt(order: Order, tell: (note: Note) => void): Promise<ShardOutcome | undefined> {
    const child = idle.pop() ?? start();
    const heard = new AbortController();
    try {
      child.send(order);
      const { signal } = heard;
      const [said, ended] = await Promise.race([
        answered(child, { signal, tell }).then((answer) => [answer, undefined] as const),
        once(child, "exit", { signal }).then((end) => [undefined, end as [number | null, string | null]] as const),
      ]);
      if (ended) {
        const [code, name] = ended;
        if (name === "SIGKILL") return undefined;
        throw new GMemError(
          "JOB",
          `worker: a process must live through a shard, got an end by ${name ?? `exit code ${code}`}`,
        );
      }
      idle.push(child);
      if ("error" in said) throw new GMemError("JOB", said.error);
      return said;
    } finally {
      heard.abort();
    }
  }

  return {
    async run(order, tell) {
      while (busy >= count) await new Promise<void>((resolve) => void waiting.push(resolve));
      busy++;
      try {
        for (let losses = 0; losses < mostLosses; losses++) {
          const outcome = await attempt(order, tell);
          if (outcome) return outcome;
          tell({ lost: true });
        }
        throw new GMemError(
          "JOB",
          `worker: a shard must end, got ${mostLosses} kills of its process; does it need more memory?`,
        );
      } finally {
        busy--;
        waiting.shift()?.();
      }
    },
    async close() {
      await Promise.all(
        [...all].map(async (child) => {
          const ended = once(child, "exit");
          child.kill("SIGKILL"); // nothing is half done: whatever is there is whole
          await ended;
        }),
      );
    },
  };
}

interface Listening {
  readonly signal: AbortSignal;
  readonly tell: (note: Note) => void;
}

/** What a process says last; what it says before is told. */
async function answered(child: ChildProcess, { signal, tell }: Listening): Promise<Answer> {
  for await (const [said] of on(child, "message", { signal }) as AsyncIterable<[Answer | Note]>)
    if ("outcome" in said || "error" in said) return said;
    else tell(said);
  throw new GMemError("JOB", "worker: a process must answer, got silence");
}
