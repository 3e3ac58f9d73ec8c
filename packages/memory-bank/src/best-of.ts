import type { NDArray } from "@gmem/tensor";

/** Rows of the bank for each query, best first. */
export interface Neighbours {
  /** [q,k]. */
  readonly rows: NDArray<"i32">;
  /** [q,k], cosine similarity. */
  readonly scores: NDArray<"f32">;
}

/** Keeps the k best of what arrives in parts, for several queries; equal scores: the smaller row first. */
export interface BestOf {
  /** `part.k` candidates a query, positions counted from `firstRow`. */
  merge(
    candidates: { readonly scores: ArrayLike<number>; readonly positions: ArrayLike<number> },
    part: { readonly firstQuery: number; readonly firstRow: number; readonly k: number },
  ): void;
  /** The first k, without the row that `exclude` names for a query. */
  result(k: number, exclude?: Int32Array): Neighbours;
}

/** Makes a {@link BestOf} that keeps `kept` rows for each of `queries`. */
export function bestOf(queries: number, kept: number): BestOf {
  const scores = new Float32Array(queries * kept).fill(Number.NEGATIVE_INFINITY);
  const rows = new Int32Array(queries * kept).fill(-1);
  return {
    merge(candidates, { firstQuery, firstRow, k }) {
      const count = candidates.scores.length / k;
      for (let q = 0; q < count; q++) {
        const from = (firstQuery + q) * kept;
        const last = from + kept - 1;
        for (let i = q * k; i < (q + 1) * k; i++) {
          const score = Math.fround(candidates.scores[i] as number);
          const row = firstRow + (candidates.positions[i] as number);
          const comesBefore = (at: number): boolean =>
            score > (scores[at] as number) || (score === scores[at] && row < (rows[at] as number));
          if (rows[last] !== -1 && !comesBefore(last)) continue;
          let at = last;
          for (; at > from && (rows[at - 1] === -1 || comesBefore(at - 1)); at--) {
            scores[at] = scores[at - 1] as number;
            rows[at] = rows[at - 1] as number;
          }
          scores[at] = score;
          rows[at] = row;
        }
      }
    },
    result(k, exclude) {
      const width = exclude ? Math.min(k, kept - 1) : k;
      const found: NDArray<"i32"> = { dtype: "i32", shape: [queries, width], data: new Int32Array(queries * width) };
      const values: NDArray<"f32"> = { dtype: "f32", shape: [queries, width], data: new Float32Array(queries * width) };
      for (let q = 0; q < queries; q++) {
        let out = q * width;
        for (let at = q * kept; at < (q + 1) * kept && out < (q + 1) * width; at++) {
          if (exclude && rows[at] === exclude[q]) continue;
          found.data[out] = rows[at] as number;
          values.data[out] = scores[at] as number;
          out++;
        }
      }
      return { rows: found, scores: values };
    },
  };
}
