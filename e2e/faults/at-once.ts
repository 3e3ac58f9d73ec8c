import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Steps } from "../steps.ts";
import { bankBuild } from "./commands/bank-build.ts";
import { contents, differences } from "./contents.ts";
import { type Host, openHost, succeeding } from "./process.ts";
import { kept, type Progress, unkept } from "./progress.ts";
import { edited } from "./tiny.ts";

type Args = readonly string[];
type Contents = ReadonlyMap<string, string>;
/** Two processes, so that each sees the other's locks. */
type Hosts = readonly [Host, Host];

const bank = (command: string, ...more: string[]): Args => ["bank", command, "runs/tiny", ...more];
const add = bank("add", "photos/b/0.png");
const compress = bank("compress", "--rank", "1");
const reduce = bank("reduce", "--per-class", "2");
const undo = bank("undo");
const blend = bank("interpolate", "0", "3");

const pairs: readonly (readonly [Args, Args])[] = [
  [add, add],
  [blend, blend],
  [compress, compress],
  [reduce, reduce],
  [undo, undo],
  [bankBuild.args, bankBuild.args],
  [add, compress],
  [compress, undo],
];

/** One after the other, in a copy of a folder. */
async function inTurn(start: string, commands: readonly Args[], host: Host): Promise<Contents> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-in-turn-"));
  try {
    await cp(start, folder, { recursive: true });
    for (const args of commands) await succeeding(host, folder)(args);
    return await contents(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What two commands may leave, by their exit codes. */
type Outcomes = (codes: readonly (number | null)[]) => readonly Contents[];

/** Who is refused has changed nothing. */
async function outcomes(
  start: string,
  [a, b]: readonly [Args, Args],
  host: Host,
): Promise<{ readonly wanted: Outcomes; readonly duration: number }> {
  const began = performance.now();
  const one = await inTurn(start, [a], host);
  const duration = performance.now() - began;
  const other = await inTurn(start, [b], host);
  const both = [await inTurn(start, [a, b], host), await inTurn(start, [b, a], host)];
  return { wanted: (codes) => (codes.every((code) => code === 0) ? both : codes[0] === 0 ? [one] : [other]), duration };
}

/** Starts both, the other so many milliseconds after the first. @throws {Error} saying what was lost. */
async function attempt(
  start: string,
  pair: readonly [Args, Args],
  { hosts, later, wanted }: { readonly hosts: Hosts; readonly later: number; readonly wanted: Outcomes },
): Promise<"both" | "one"> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-at-once-"));
  try {
    await cp(start, folder, { recursive: true });
    const ended = await Promise.all([
      hosts[0].run(pair[0], folder),
      delay(later).then(() => hosts[1].run(pair[1], folder)),
    ]);
    const said = ended.map(({ code, output }) => `${code}: ${output.trim().slice(-500)}`).join("\n");
    const refused = ended.filter(({ code }) => code !== 0);
    if (refused.length === 2 || refused.some(({ output }) => !output.includes("LOCKED")))
      throw new Error(`one may be refused, with LOCKED, got\n${said}`);
    const found = await contents(folder);
    const wrong = wanted(ended.map(({ code }) => code)).map((content) => differences(found, content));
    const least = wrong.sort((x, y) => x.length - y.length)[0] ?? [];
    if (least.length > 0) throw new Error(`${least.join("\n")}\n${said}`);
    return refused.length === 0 ? "both" : "one";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Two bank commands at once, so many times each: what ends with 0 is there, what is refused is not, and nothing else. The first
 * time both begin together, the last time one when the other ends; each other time they change places.
 */
async function atOnce(steps: Steps, times: number, progress: Progress): Promise<void> {
  const hosts: Hosts = [openHost(), openHost()];
  const start = await mkdtemp(join(tmpdir(), "gmem-at-once-start-"));
  const { failed } = steps.counts();
  try {
    await edited(start, succeeding(hosts[0], start));
    for (const args of [blend, add]) await succeeding(hosts[0], start)(args);
    for (const pair of pairs) {
      const name = pair.map(([, command]) => command).join(" and ");
      await steps.step(`${name} at once`, async () => {
        const { wanted, duration } = await outcomes(start, pair, hosts[0]);
        const counts = { both: 0, one: 0 };
        for (let i = 0; i < times; i++) {
          const later = (duration * i) / times;
          const turned = i % 2 === 0 ? pair : ([pair[1], pair[0]] as const);
          const order: Outcomes = (codes) => wanted(i % 2 === 0 ? codes : [...codes].reverse());
          counts[await progress.once(`${name} ${i}`, () => attempt(start, turned, { hosts, later, wanted: order }))]++;
        }
        return `${counts.both} times both in turn, ${counts.one} times one refused`;
      });
    }
  } finally {
    for (const host of hosts) host.close();
    await rm(start, { recursive: true, force: true });
  }
  if (steps.counts().failed === failed) progress.finish();
}

export const onceAtOnce = (steps: Steps): Promise<void> => atOnce(steps, 1, unkept());

/** By hand, a quarter of an hour; what passed is kept, and a second call goes on. */
export const hundredAtOnce = (steps: Steps): Promise<void> => atOnce(steps, 100, kept("a-hundred-at-once"));
