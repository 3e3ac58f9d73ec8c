import { GMemError, type NDArray } from "@gmem/tensor";
import { matmulF64 } from "@gmem/tensor/linalg";

/** Real drawings, and what they show. */
export interface RealDrawings {
  /** Their vectors [M,d]. */
  readonly real: NDArray<"f32">;
  /** The concept of each, [M]. */
  readonly conceptOf: Int32Array;
  /** Concepts to name. */
  readonly count: number;
}

/**
 * The concepts nearest to each picture [n,d], nearest first: a concept is as near as its nearest drawing, by cosine.
 * @throws {GMemError} code `NON_FINITE` for a vector without direction.
 */
export function nearestConcepts(pictures: NDArray<"f32">, { real, conceptOf, count }: RealDrawings): number[][] {
  const [n = 0, d = 0] = pictures.shape;
  const m = real.shape[0] ?? 0;
  const cosines = matmulF64(unit(pictures), unit(real), { m: n, k: d, n: m, transposeB: true }); // [n,M]
  return Array.from({ length: n }, (_, i) => {
    const best = new Map<number, number>();
    for (let row = 0; row < m; row++) {
      const concept = conceptOf[row] as number;
      const cosine = cosines[i * m + row] as number;
      if (cosine > (best.get(concept) ?? Number.NEGATIVE_INFINITY)) best.set(concept, cosine);
    }
    const nearest = [...best].sort(([a, x], [b, y]) => y - x || a - b);
    return nearest.slice(0, count).map(([concept]) => concept);
  });
}

/** Rows of length 1. */
function unit({ data, shape: [n = 0, d = 0] }: NDArray<"f32">): Float64Array {
  const rows = Float64Array.from(data);
  for (let i = 0; i < n; i++) {
    const row = rows.subarray(i * d, (i + 1) * d);
    const length = Math.hypot(...row);
    if (!(length > 0))
      throw new GMemError("NON_FINITE", `nearestConcepts: a vector must have a direction, got ${length} in row ${i}`);
    for (let k = 0; k < d; k++) row[k] = (row[k] as number) / length;
  }
  return rows;
}
