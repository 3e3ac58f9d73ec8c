import { key } from "@gmem/tensor";
import type { Steps } from "../steps.ts";
import { type Prepared, prepare } from "./attempts.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import type { Fault } from "./fault.ts";
import { type Host, openHost } from "./process.ts";

type Kind = Fault["kind"];

/** Which of a command's moments are tried. */
type Choice = (prepared: Prepared, kind: Kind) => readonly number[];

/**
 * Commands killed while they work on files, and with a disk that fills up then: `bank compress`, which replaces a file by
 * another, at every operation; the others at a tenth.
 */
export const faults = (steps: Steps): Promise<void> =>
  disturb(steps, (prepared, kind) => {
    const { name } = prepared.command;
    return name === "bank compress" ? operations(prepared) : tenth(operations(prepared), `${name} ${kind}`);
  });

/** The same at every moment: by hand, half an hour. */
export const everyFault = (steps: Steps): Promise<void> =>
  disturb(steps, ({ moments }) => moments.map((_, i) => i + 1));

/** Moments one after the other in one file that has not got its name yet are one operation. */
const operations = ({ moments }: Prepared): readonly number[] =>
  moments.flatMap((moment, i) => (moment.endsWith(".tmp") && sameFile(moment, moments[i - 2]) ? [] : [i + 1]));

const sameFile = (a: string, b = ""): boolean => a.split(" ")[1] === b.split(" ")[1] && a.includes("write");

function tenth(moments: readonly number[], name: string): readonly number[] {
  const drawn = key(29).split(name).permutation(moments.length);
  return [...drawn.subarray(0, Math.ceil(moments.length / 10))].map((i) => moments[i] as number);
}

async function disturb(steps: Steps, choose: Choice): Promise<void> {
  const hosts = [openHost(), openHost()];
  try {
    for (const command of commands) await tryOut(steps, command, { hosts, choose });
  } finally {
    for (const host of hosts) host.close();
  }
}

interface Means {
  readonly hosts: readonly Host[];
  readonly choose: Choice;
}

async function tryOut(steps: Steps, command: Command, { hosts, choose }: Means): Promise<void> {
  let prepared: Prepared | undefined;
  await steps.step(`${command.name}: undisturbed`, async () => {
    prepared = await prepare(command, hosts[0] as Host);
    return `${prepared.moments.length} moments`;
  });
  if (!prepared) return;
  const ready = prepared;
  const titles = { kill: "killed", full: "on a disk that fills up" } as const;
  try {
    for (const kind of ["kill", "full"] as const)
      await steps.step(`${command.name}: ${titles[kind]}, then run again`, () =>
        attempts(ready, { kind, hosts, chosen: choose(ready, kind) }),
      );
  } finally {
    await ready.remove();
  }
}

/** As many at once as there are hosts. @throws {Error} with every moment that does not end as it should. */
async function attempts(
  { moments, attempt }: Prepared,
  { kind, hosts, chosen }: { readonly kind: Kind; readonly hosts: readonly Host[]; readonly chosen: readonly number[] },
): Promise<string> {
  const wrong: string[] = [];
  const queue = chosen.values();
  const work = async (host: Host): Promise<void> => {
    for (const at of queue)
      await attempt(host, { kind, at }).catch((error: Error) => {
        wrong.push(`at ${at}, ${moments[at - 1]}:\n${error.message}`);
      });
  };
  await Promise.all(hosts.map(work));
  if (wrong.length > 0) throw new Error(`${wrong.length} of ${chosen.length} end otherwise\n${wrong.join("\n")}`);
  return `${chosen.length} of ${moments.length} moments`;
}
