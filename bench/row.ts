/** One line of the results. */
export interface BenchRow {
  readonly name: string;
  readonly ours: number;
  /** Null where there is no peer, or it could not run. */
  readonly peer: number | null;
  readonly unit: string;
  /** How many times faster ours is: the median over pairs. */
  readonly ratio: number | null;
  /** First and third quartile of the ratio, or of ours where there is no peer. */
  readonly spread: readonly [number, number] | null;
  readonly oursPeakMB: number;
  readonly peerPeakMB: number | null;
  /** What is asked, in words. */
  readonly bar: string;
  /** Null where the peer could not run. */
  readonly ok: boolean | null;
  /** Versions, accuracies, or which package is missing. */
  readonly note?: string;
}

export interface BenchOptions {
  /** Measured repetitions, where a bench has them. */
  readonly repeats?: number;
}

/** A bench runs in a process of its own, so that peak memory is its own. */
export interface Bench {
  readonly name: string;
  /** Runs only when named or with `--large`. */
  readonly large?: boolean;
  run(options: BenchOptions): Promise<readonly BenchRow[]>;
}

/** Peak resident memory of this process so far. */
export const peakMB = (): number => process.resourceUsage().maxRSS / 1024;

/** The value below which a share of the values lies, by linear interpolation. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const round = (value: number): number => Number(value.toPrecision(4));

/** The line of milliseconds without a peer and a bar. */
export const unasked = (name: string, values: readonly number[]): BenchRow => ({
  name,
  ours: round(median(values)),
  peer: null,
  unit: "ms",
  ratio: null,
  spread: [round(quantile(values, 0.25)), round(quantile(values, 0.75))],
  oursPeakMB: Math.round(peakMB()),
  peerPeakMB: null,
  bar: "-",
  ok: true,
});

/** The line of what takes at most `limit` milliseconds, without a peer. */
export const within = (
  values: readonly number[],
  { name, limit, note }: { readonly name: string; readonly limit: number; readonly note?: string },
): BenchRow => ({
  ...unasked(name, values),
  bar: `<= ${limit} ms`,
  ok: median(values) <= limit,
  ...(note !== undefined && { note }),
});
