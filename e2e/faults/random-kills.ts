import { key } from "@gmem/tensor";
import type { Steps } from "../steps.ts";
import { prepare } from "./attempts.ts";
import { run } from "./commands/run.ts";
import { openHost } from "./process.ts";

/** A run that is killed after any time, six times. */
export const someKills = (steps: Steps): Promise<void> => randomKills(steps, 6);

/** The same 200 times: by hand, ten minutes. */
export const manyKills = (steps: Steps): Promise<void> => randomKills(steps, 200);

async function randomKills(steps: Steps, count: number): Promise<void> {
  await steps.step(`run: killed at ${count} random times, then resumed: bit-equal`, async () => {
    const hosts = [openHost(), openHost()];
    const prepared = await prepare(run, hosts[0] as (typeof hosts)[number]);
    try {
      const [from, to] = [prepared.duration / 5, prepared.duration * 1.2]; // before, programs are only loaded
      const times = key(37).split("kills").uniform([count]).data;
      const queue = times.map((share) => Math.round(from + share * (to - from))).values();
      const work = async (host: (typeof hosts)[number]): Promise<void> => {
        for (const time of queue) await prepared.killAfter(host, time);
      };
      await Promise.all(hosts.map(work));
      return `between ${Math.round(from)} and ${Math.round(to)} ms`;
    } finally {
      for (const host of hosts) host.close();
      await prepared.remove();
    }
  });
}
