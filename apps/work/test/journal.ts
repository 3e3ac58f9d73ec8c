import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Running } from "./work.ts";

/** One time that a worker computed a shard: how it ended, and when, by the clock of this process. */
interface Computing {
  readonly shard: string;
  readonly from: number;
  to: number;
  end: "on the way" | "computed" | "lost" | "failed" | "died";
}

/** What workers say of the shards that they compute, put together. */
export interface Journal {
  /** Follows a worker to its end, whatever that is. */
  follow(worker: Running): void;
  /** How often shards were begun, computed to their end, and interrupted by a kill. */
  counts(): { readonly begun: number; readonly computed: number; readonly failed: number; readonly killed: number };
  /** Who began a shard last. */
  last(): Running | undefined;
  /** All shards were given away twice that were computed within a time: a queue that forgot. */
  forgotten(from: number, to: number): void;
  /** Shards that were begun more often than kills and a queue that forgot explain, with both numbers. */
  unexplained(): readonly { readonly shard: string; readonly begun: number; readonly explained: number }[];
}

/** Between what happens in a worker and when its line is read here, in milliseconds. */
const lag = 1000;

export function journal(): Journal {
  const all: Computing[] = [];
  let last: Running | undefined;
  const gaps: { readonly from: number; readonly to: number }[] = [];
  const interrupted = new Set<Computing["end"]>(["lost", "died", "failed"]);
  const wasForgotten = (one: Computing): boolean =>
    gaps.some(({ from, to }) => one.from - lag < to && one.to + lag > from);
  return {
    last: () => last,
    follow(worker) {
      const { child, finished } = worker;
      const open = new Map<string, Computing>();
      const close = (shard: string, end: Computing["end"]): void => {
        const one = open.get(shard);
        if (one) Object.assign(one, { end, to: Date.now() });
        open.delete(shard);
      };
      createInterface(child.stderr as Readable).on("line", (line) => {
        const [, what, shard = ""] = /^(begun|computed|lost|failed) +job (\w+ shard \d+)/.exec(line) ?? [];
        if (what === "begun") {
          const one: Computing = { shard, from: Date.now(), to: Number.POSITIVE_INFINITY, end: "on the way" };
          open.set(shard, one);
          all.push(one);
          last = worker;
        } else if (what) close(shard, what as Computing["end"]);
      });
      void finished.then(() => {
        for (const shard of [...open.keys()]) close(shard, "died");
      });
    },
    counts: () => ({
      begun: all.length,
      computed: all.filter(({ end }) => end === "computed").length,
      failed: all.filter(({ end }) => end === "failed").length,
      killed: all.filter(({ end }) => end === "lost" || end === "died").length,
    }),
    forgotten: (from, to) => void gaps.push({ from, to }),
    unexplained() {
      const shards = new Map<string, { begun: number; explained: number }>();
      for (const one of all) {
        const of = shards.get(one.shard) ?? { begun: 0, explained: 0 };
        of.begun++;
        if (interrupted.has(one.end) || wasForgotten(one)) of.explained++;
        shards.set(one.shard, of);
      }
      return [...shards].flatMap(([shard, of]) => (of.begun > 1 + of.explained ? [{ shard, ...of }] : []));
    },
  };
}
