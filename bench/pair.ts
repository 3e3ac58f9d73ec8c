import type { Peer } from "./peer.ts";
import { type BenchRow, median, peakMB, quantile, round } from "./row.ts";

/** What ours is measured beside. */
export interface Rival {
  /** Of the row. */
  readonly name: string;
  readonly peer: Peer;
  /** Least ratio. */
  readonly atLeast: number;
  /** Largest ratio of peak memories; not asked by default. */
  readonly memoryAtMost?: number;
}

interface Turns {
  readonly repeats: number;
  /** Divides times, e.g. by the images of a batch. */
  readonly per?: number;
  readonly unit?: string;
  /** What a peer is sent for step i. */
  readonly request?: (i: number) => Readonly<Record<string, unknown>>;
  readonly note?: string;
}

export interface PairOptions extends Turns, Rival {}

/** Ours and the peer in turn, after one step each to warm up; the ratio is taken pair by pair. */
export async function alternate(ours: (i: number) => Promise<number>, options: PairOptions): Promise<BenchRow> {
  return (await alternateAll(ours, { ...options, rivals: [options] }))[0] as BenchRow;
}

/** Ours and several peers in turn: a row for each. */
export async function alternateAll(
  ours: (i: number) => Promise<number>,
  options: Turns & { readonly rivals: readonly Rival[] },
): Promise<readonly BenchRow[]> {
  const { rivals, repeats, per = 1, request = () => ({}) } = options;
  const own: number[] = [];
  const others = rivals.map(({ peer }) => ({ peer, times: [] as number[], peakMB: null as number | null }));
  for (let i = 0; i <= repeats; i++) {
    const ms = await ours(i);
    if (i > 0) own.push(ms / per);
    for (const other of others.filter(({ peer }) => peer.missing === undefined)) {
      const answer = await other.peer.step(request(i));
      if (i === 0) continue;
      other.times.push(answer.ms / per);
      other.peakMB = answer.peakMB;
    }
  }
  for (const { peer } of others) peer.close();
  return rivals.map((rival, i) => rowOf({ ...options, ...rival, own, ...(others[i] as (typeof others)[number]) }));
}

interface Measured extends PairOptions {
  readonly own: readonly number[];
  readonly times: readonly number[];
  readonly peakMB: number | null;
}

function rowOf({ name, peer, atLeast, memoryAtMost, own, times, peakMB: peerPeakMB, ...rest }: Measured): BenchRow {
  const ratios = own.flatMap((ms, i) => (times[i] === undefined ? [] : [times[i] / ms]));
  const ratio = ratios.length > 0 ? median(ratios) : null;
  const oursPeakMB = peakMB();
  const fits = memoryAtMost === undefined || peerPeakMB === null || oursPeakMB <= memoryAtMost * peerPeakMB;
  const memoryBar = memoryAtMost === undefined ? "" : `, peak memory <= ${memoryAtMost}x`;
  const notes = [
    rest.note,
    peer.missing === undefined ? `peer ${peer.version}` : `peer: ${peer.missing} is missing; npm run bench:peers`,
  ];
  const basis = ratios.length > 0 ? ratios : own;
  return {
    name,
    ours: round(median(own)),
    peer: times.length > 0 ? round(median(times)) : null,
    unit: rest.unit ?? "ms",
    ratio: ratio === null ? null : round(ratio),
    spread: [round(quantile(basis, 0.25)), round(quantile(basis, 0.75))],
    oursPeakMB: Math.round(oursPeakMB),
    peerPeakMB: peerPeakMB === null ? null : Math.round(peerPeakMB),
    bar: `>= ${atLeast}x${memoryBar}`,
    ok: ratio === null ? null : ratio >= atLeast && fits,
    note: notes.filter((part) => part !== undefined).join("; "),
  };
}

/** Milliseconds of a piece of work. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
