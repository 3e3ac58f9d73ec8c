import type { Peer } from "./peer.ts";
import { type BenchRow, median, peakMB, quantile, round } from "./row.ts";

export interface PairOptions {
  readonly name: string;
  readonly peer: Peer;
  readonly repeats: number;
  /** Least ratio. */
  readonly atLeast: number;
  /** Largest ratio of peak memories; not asked by default. */
  readonly memoryAtMost?: number;
  /** Divides times, e.g. by the images of a batch. */
  readonly per?: number;
  readonly unit?: string;
  /** What the peer is sent for step i. */
  readonly request?: (i: number) => Readonly<Record<string, unknown>>;
  readonly note?: string;
}

/** Ours and the peer in turn, after one step each to warm up; the ratio is taken pair by pair. */
export async function alternate(ours: (i: number) => Promise<number>, options: PairOptions): Promise<BenchRow> {
  const { name, peer, repeats, atLeast, memoryAtMost, per = 1, unit = "ms", request = () => ({}) } = options;
  const [own, other]: [number[], number[]] = [[], []];
  let peerPeakMB: number | null = null;
  for (let i = 0; i <= repeats; i++) {
    const answer = peer.missing === undefined ? await peer.step(request(i)) : undefined;
    const ms = await ours(i);
    if (i === 0) continue;
    own.push(ms / per);
    if (answer) {
      other.push(answer.ms / per);
      peerPeakMB = answer.peakMB;
    }
  }
  peer.close();
  const ratios = own.flatMap((ms, i) => (other[i] === undefined ? [] : [other[i] / ms]));
  const ratio = ratios.length > 0 ? median(ratios) : null;
  const oursPeakMB = peakMB();
  const fits = memoryAtMost === undefined || peerPeakMB === null || oursPeakMB <= memoryAtMost * peerPeakMB;
  const memoryBar = memoryAtMost === undefined ? "" : `, peak memory <= ${memoryAtMost}x`;
  const notes = [
    options.note,
    peer.missing === undefined ? `peer ${peer.version}` : `peer: ${peer.missing} is missing`,
  ];
  const basis = ratios.length > 0 ? ratios : own;
  return {
    name,
    ours: round(median(own)),
    peer: other.length > 0 ? round(median(other)) : null,
    unit,
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
