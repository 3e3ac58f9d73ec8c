import type { Named } from "@gmem/tensor";

/** How the loss of a run has gone, as natural logarithms: of its size now, averaged over some ten steps, and of the lowest. */
export interface LossTrend {
  readonly now: number;
  readonly lowest: number;
}

const share = 0.1;
const tenfold = Math.LN10;

/**
 * The trend with one more step, and a warning where the loss has grown tenfold from its lowest, and again at each further
 * tenfold. Logarithms are averaged, so that a single step means little; steps that are not finite do not count.
 */
export function followLoss(
  before: LossTrend | undefined,
  { loss, parts }: { readonly loss: number; readonly parts: Named<number> },
): { readonly trend: LossTrend | undefined; readonly warning?: string } {
  const size = sizeOf(loss, parts);
  if (!Number.isFinite(size)) return { trend: before };
  const log = Math.log(Math.max(size, 1e-12));
  if (!before) return { trend: { now: log, lowest: log } };
  const now = before.now + (log - before.now) * share;
  if (now - before.lowest < tenfold) return { trend: { now, lowest: Math.min(now, before.lowest) } };
  const [high, low] = [now, before.lowest].map((value) => Number(Math.exp(value).toPrecision(3)));
  return {
    trend: { now, lowest: now },
    warning: `the loss has grown tenfold, from ${low} to ${high}: the run diverges; lower optimizer.lr, or look at objective and data`,
  };
}

/** The terms that are errors, which REPA's −cosine is not; the loss where it has no terms. */
function sizeOf(loss: number, parts: Named<number>): number {
  const values = Object.values(parts);
  return values.length === 0 ? loss : values.reduce((sum, value) => sum + Math.max(0, value), 0);
}
