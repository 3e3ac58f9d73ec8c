import type { CaptionVectors } from "@gmem/datasets/captions";
import { array, GMemError, type NDArray, ShapeError } from "@gmem/tensor";
import { matmulF64 } from "@gmem/tensor/linalg";

/** The nearest pictures of some queries. */
export interface NearestPictures {
  /** Rows of pictures [q,k], nearest first; of equal ones the first. */
  readonly rows: NDArray<"i32">;
  /** Their cosines, [q,k]. */
  readonly scores: NDArray<"f32">;
  /** Which of a picture's captions is that near, from 0 on, [q,k]. */
  readonly captions: NDArray<"i32">;
}

/**
 * The k pictures of the largest cosine with each query [q,dim], a picture being as near as the nearest of its captions.
 * Pictures without one are not found: k = min(k, pictures with captions).
 * @throws {ShapeError} for queries of another width; {GMemError} code `INVALID_REQUEST` for one of zeros, the null text.
 * @example
 * const texts = { dim: 2, encoderId: "mine", vectors: array([1, 0, 0, 1], [2, 2]), first: Int32Array.of(0, 1, 2) };
 * nearestPictures(array([0.1, 0.9], [1, 2]), texts, 1).rows.data; // [1]
 */
export function nearestPictures(queries: NDArray<"f32">, texts: CaptionVectors, count: number): NearestPictures {
  const { dim, vectors, first, which } = texts;
  const [q = 0, width] = queries.shape;
  if (width !== dim) throw new ShapeError("nearestPictures", `queries must be [q,${dim}]`, [queries.shape]);
  const lengths = norms(queries);
  const silent = lengths.indexOf(0);
  if (silent >= 0)
    throw new GMemError("INVALID_REQUEST", `retrieve: a text must say something, got none in text ${silent + 1}`);
  const m = vectors.shape[0] as number;
  const products = matmulF64(queries.data, vectors.data, { m: q, k: dim, n: m, transposeB: true }); // [q,M]
  const sizes = norms(vectors);
  const pictures = Array.from({ length: first.length - 1 }, (_, row) => row).filter(
    (row) => (first[row] as number) < (first[row + 1] as number),
  );
  const k = Math.min(count, pictures.length);
  const [rows, scores, captions] = [new Int32Array(q * k), new Float32Array(q * k), new Int32Array(q * k)];
  for (let query = 0; query < q; query++) {
    const cosine = (caption: number): number => {
      const row = which ? (which[caption] as number) : caption;
      const size = sizes[row] as number;
      return size === 0 ? -1 : (products[query * m + row] as number) / size / (lengths[query] as number);
    };
    const near = pictures.map((row) => {
      const [from, to] = [first[row] as number, first[row + 1] as number];
      let best = from;
      for (let caption = from + 1; caption < to; caption++) if (cosine(caption) > cosine(best)) best = caption;
      return { row, caption: best - from, score: cosine(best) };
    });
    near.sort((a, b) => b.score - a.score || a.row - b.row);
    for (const [i, { row, caption, score }] of near.slice(0, k).entries()) {
      rows[query * k + i] = row;
      scores[query * k + i] = score;
      captions[query * k + i] = caption;
    }
  }
  return { rows: array(rows, [q, k], "i32"), scores: array(scores, [q, k]), captions: array(captions, [q, k], "i32") };
}

function norms({ data, shape }: NDArray<"f32">): Float64Array {
  const [n = 0, dim = 0] = shape;
  return Float64Array.from({ length: n }, (_, i) => {
    let square = 0;
    for (let k = 0; k < dim; k++) square += (data[i * dim + k] as number) ** 2;
    return Math.sqrt(square);
  });
}
