import { key } from "@gmem/tensor";
import type { Steps } from "../steps.ts";
import { prepare } from "./attempts.ts";
import type { Command } from "./command.ts";
import { run } from "./commands/run.ts";
import { runTexts } from "./commands/run-texts.ts";
import { openHost } from "./process.ts";

/** A run that is killed after any time, six times, and one of texts, three times. */
export async function someKills(steps: Steps): Promise<void> {
  await randomKills(steps, { command: run, count: 6 });
  await randomKills(steps, { command: runTexts, count: 3 });
}

/** The same 200 times: by hand, ten minutes. */
export const manyKills = (steps: Steps): Promise<void> => randomKills(steps, { command: run, count: 200 });

interface Kills {
  readonly command: Command;
  readonly count: number;
}

async function randomKills(steps: Steps, { command, count }: Kills): Promise<void> {
  await steps.step(`${command.name}: killed at ${count} random times, then resumed: bit-equal`, async () => {
    const hosts = [openHost(), openHost()];
    const prepared = await prepare(command, hosts[0] as (typeof hosts)[number]);
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
