import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Steps } from "../steps.ts";
import { bankBuild } from "./commands/bank-build.ts";
import { contents, differences } from "./contents.ts";
import { disturbed, type Host, openHost, succeeding } from "./process.ts";
import { edited } from "./tiny.ts";

type Args = readonly string[];
type Contents = ReadonlyMap<string, string>;

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

/** What two commands may leave, by their exit codes: who is refused has changed nothing. */
async function outcomes(start: string, [a, b]: readonly [Args, Args], host: Host) {
  const [one, other] = [await inTurn(start, [a], host), await inTurn(start, [b], host)];
  const both = [await inTurn(start, [a, b], host), await inTurn(start, [b, a], host)];
  return (codes: readonly (number | null)[]): readonly Contents[] =>
    codes.every((code) => code === 0) ? both : codes[0] === 0 ? [one] : [other];
}

/** Starts both at once. @throws {Error} saying what was lost. */
async function attempt(
  start: string,
  pair: readonly [Args, Args],
  wanted: (codes: readonly (number | null)[]) => readonly Contents[],
): Promise<"both" | "one"> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-at-once-"));
  try {
    await cp(start, folder, { recursive: true });
    const ended = await Promise.all(pair.map((args) => disturbed(args, folder, { root: folder, kind: "kill", at: 0 })));
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

/** Two bank commands at once, so many times each: what ends with 0 is there, what is refused is not, and nothing else. */
export const atOnce =
  (times: number) =>
  async (steps: Steps): Promise<void> => {
    const host = openHost();
    const start = await mkdtemp(join(tmpdir(), "gmem-at-once-start-"));
    try {
      await mkdir(start, { recursive: true });
      await edited(start, succeeding(host, start));
      for (const args of [blend, add]) await succeeding(host, start)(args);
      for (const pair of pairs)
        await steps.step(`${pair.map(([, name]) => name).join(" and ")} at once`, async () => {
          const wanted = await outcomes(start, pair, host);
          const counts = { both: 0, one: 0 };
          for (let i = 0; i < times; i++) counts[await attempt(start, pair, wanted)]++;
          return `${counts.both} times both in turn, ${counts.one} times one refused`;
        });
    } finally {
      host.close();
      await rm(start, { recursive: true, force: true });
    }
  };
