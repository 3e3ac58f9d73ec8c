import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "./command.ts";
import { contents, differences } from "./contents.ts";
import type { Fault } from "./fault.ts";
import { disturbed, type Ended, expectSuccess, type Host, succeeding } from "./process.ts";

/** A command with its starting folder and what it gives when nothing disturbs it. */
export interface Prepared {
  readonly command: Command;
  /** One line for each moment at which it can be disturbed. */
  readonly moments: readonly string[];
  /** Disturbs it at a moment, runs it again to its end, and compares. @throws {Error} saying what is wrong. */
  attempt(host: Host, fault: Pick<Fault, "kind" | "at">): Promise<void>;
  /** The same with an end after so many milliseconds. */
  killAfter(host: Host, milliseconds: number): Promise<void>;
  /** How long the command took, in milliseconds. */
  readonly duration: number;
  remove(): Promise<void>;
}

/** Runs a command once without a fault, and twice where that counts as well. */
export async function prepare(command: Command, host: Host): Promise<Prepared> {
  const folder = await mkdtemp(join(tmpdir(), `gmem-faults-${command.name.replaceAll(" ", "-")}-`));
  const [start, whole, log] = [join(folder, "start"), join(folder, "whole"), join(folder, "moments")];
  const { args, again = args } = command;
  await mkdir(start);
  await command.prepare(start, succeeding(host, start));
  await cp(start, whole, { recursive: true });
  const began = performance.now();
  expectSuccess(await disturbed(args, whole, { root: whole, kind: "kill", at: 0, log }), args);
  const duration = performance.now() - began;
  const results = [await contents(whole)];
  if (command.repeats) {
    await succeeding(host, whole)(again);
    results.push(await contents(whole));
  }
  /** Disturbs the command in a copy of the starting folder, runs it again there, and compares. */
  const compare = async (name: string, own: Host, first: (tried: string) => Promise<Ended>): Promise<void> => {
    const tried = join(folder, name);
    await cp(start, tried, { recursive: true });
    try {
      const ended = await first(tried);
      const last = ended.code === 0 ? ended : await own.run(again, tried);
      const found = await contents(tried);
      const wrong = results.map((wanted) => differences(found, wanted)).sort((x, y) => x.length - y.length)[0] ?? [];
      if (wrong.length > 0) throw new Error(`${wrong.join("\n")}\n${last.output.trim().slice(-400)}`);
    } finally {
      await rm(tried, { recursive: true, force: true });
    }
  };
  return {
    command,
    moments: (await readFile(log, "utf8")).split("\n").slice(0, -1),
    attempt: (own, { kind, at }) =>
      compare(`${kind}-${at}`, own, async (tried) => {
        const first = await disturbed(args, tried, { root: tried, kind, at });
        if (kind === "full" && first.code !== 0 && !first.output.includes("DISK_FULL"))
          throw new Error(`a full disk must be named as such, got\n${first.output}`);
        return first;
      }),
    killAfter: (own, milliseconds) =>
      compare(`after-${milliseconds}`, own, (tried) => disturbed(args, tried, { killAfter: milliseconds })),
    duration,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
