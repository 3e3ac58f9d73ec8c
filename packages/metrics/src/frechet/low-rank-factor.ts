/** What a pivot may be of the largest diagonal entry when all of the rank is found: rounding, with room for merged moments. */
const rounding = 1e-12;

/** Rows of a factor L [r,n] of A = LᵀL. */
export interface LowRankFactor {
  readonly rank: number;
  /** [r,n]. */
  readonly rows: Float64Array;
}

/**
 * A of a rank of at most `most` as LᵀL, L [r,n], by Cholesky with the largest pivot first (Higham 2002, § 10.3), which takes
 * n·r² operations. The covariance of N rows has rank N − 1.
 * @returns undefined if the rank is larger.
 */
export function lowRankFactor(
  a: Float64Array,
  { n, most }: { readonly n: number; readonly most: number },
): LowRankFactor | undefined {
  const left = Float64Array.from({ length: n }, (_, i) => a[i * n + i] as number);
  const least = rounding * left.reduce((largest, value) => Math.max(largest, value), 0);
  const rows = new Float64Array(Math.min(most, n) * n);
  for (let rank = 0; ; rank++) {
    let pivot = 0;
    for (let i = 1; i < n; i++) if ((left[i] as number) > (left[pivot] as number)) pivot = i;
    if ((left[pivot] as number) <= least) return { rank, rows: rows.subarray(0, rank * n) };
    if (rank === Math.min(most, n)) return undefined;
    const row = rows.subarray(rank * n, (rank + 1) * n);
    row.set(a.subarray(pivot * n, (pivot + 1) * n));
    for (let k = 0; k < rank; k++) {
      const before = rows.subarray(k * n, (k + 1) * n);
      const share = before[pivot] as number;
      for (let j = 0; j < n; j++) row[j] = (row[j] as number) - share * (before[j] as number);
    }
    const root = Math.sqrt(left[pivot] as number);
    for (let j = 0; j < n; j++) {
      const value = (row[j] as number) / root;
      row[j] = value;
      left[j] = (left[j] as number) - value * value;
    }
    left[pivot] = 0; // exactly, so that it is never chosen again
  }
}
