import { type BenchRow, median, peakMB, quantile, round } from "./row.ts";

/** Two ways of one program, measured in turns in one process. */
export interface Turns {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
  readonly unit: string;
  /** Least ratio. */
  readonly atLeast: number;
  readonly note?: string;
}

/** The line of both: the ratio is taken turn by turn. */
export function inTurns(name: string, { ours, peer, unit, atLeast, note }: Turns): BenchRow {
  const ratios = ours.map((ms, i) => (peer[i] as number) / ms);
  return {
    name,
    ours: round(median(ours)),
    peer: round(median(peer)),
    unit,
    ratio: round(median(ratios)),
    spread: [round(quantile(ratios, 0.25)), round(quantile(ratios, 0.75))],
    oursPeakMB: Math.round(peakMB()),
    peerPeakMB: null,
    bar: `>= ${atLeast}x`,
    ok: median(ratios) >= atLeast,
    ...(note !== undefined && { note }),
  };
}
