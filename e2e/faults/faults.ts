import { key } from "@gmem/tensor";
import type { Steps } from "../steps.ts";
import { type Prepared, prepare } from "./attempts.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import type { Fault } from "./fault.ts";
import { everyMoment, operations } from "./moments.ts";
import { type Host, openHost } from "./process.ts";
import { kept, type Progress, unkept } from "./progress.ts";

type Kind = Fault["kind"];

/** Which of a command's moments are tried. */
type Choice = (prepared: Prepared, kind: Kind) => readonly number[];

/** What is tried, and what of it has passed. */
interface Plan {
  readonly choose: Choice;
  readonly progress: Progress;
}

/**
 * Commands killed while they work on files, and with a disk that fills up then: `bank compress`, which replaces a file by
 * another, at every operation; the others at a tenth.
 */
export const faults = (steps: Steps): Promise<void> =>
  disturb(steps, {
    choose: ({ command: { name }, moments }, kind) =>
      name === "bank compress" ? operations(moments) : tenth(operations(moments), `${name} ${kind}`),
    progress: unkept(),
  });

/** The same at every moment: by hand, twenty minutes; what passed is kept, and a second call goes on. */
export const everyFault = (steps: Steps): Promise<void> =>
  disturb(steps, { choose: ({ moments }) => everyMoment(moments), progress: kept("every-fault") });

function tenth(moments: readonly number[], name: string): readonly number[] {
  const drawn = key(29).split(name).permutation(moments.length);
  return [...drawn.subarray(0, Math.ceil(moments.length / 10))].map((i) => moments[i] as number);
}

async function disturb(steps: Steps, plan: Plan): Promise<void> {
  const hosts = [openHost(), openHost()];
  const { failed } = steps.counts();
  try {
    for (const command of commands) await tryOut(steps, command, { ...plan, hosts });
  } finally {
    for (const host of hosts) host.close();
  }
  if (steps.counts().failed === failed) plan.progress.finish();
}

type Means = Plan & { readonly hosts: readonly Host[] };

async function tryOut(steps: Steps, command: Command, means: Means): Promise<void> {
  let prepared: Prepared | undefined;
  await steps.step(`${command.name}: undisturbed`, async () => {
    prepared = await prepare(command, means.hosts[0] as Host);
    return `${prepared.moments.length} moments`;
  });
  if (!prepared) return;
  const ready = prepared;
  const titles = { kill: "killed", full: "on a disk that fills up" } as const;
  try {
    for (const kind of ["kill", "full"] as const)
      await steps.step(`${command.name}: ${titles[kind]}, then run again`, () => attempts(ready, kind, means));
  } finally {
    await ready.remove();
  }
}

/** As many at once as there are hosts. @throws {Error} with every moment that does not end as it should. */
async function attempts(prepared: Prepared, kind: Kind, { hosts, choose, progress }: Means): Promise<string> {
  const { command, moments, attempt } = prepared;
  const chosen = choose(prepared, kind);
  const wrong: string[] = [];
  const queue = chosen.values();
  const work = async (host: Host): Promise<void> => {
    for (const at of queue)
      await progress
        .once(`${command.name} ${kind} ${at}`, () => attempt(host, { kind, at }))
        .catch((error: Error) => {
          wrong.push(`at ${at}, ${moments[at - 1]}:\n${error.message}`);
        });
  };
  await Promise.all(hosts.map(work));
  if (wrong.length > 0) throw new Error(`${wrong.length} of ${chosen.length} end otherwise\n${wrong.join("\n")}`);
  return `${chosen.length} of ${moments.length} moments`;
}
