import type { MemoryBank } from "@gmem/spec";
import { array, GMemError, type NDArray, ShapeError } from "@gmem/tensor";
import { cholesky } from "@gmem/tensor/linalg";

/** A linear S-Adapter, e = W(gain·s) + b. */
export interface RidgeAdapter {
  /** W [D,d]. */
  readonly weight: NDArray<"f32">;
  /** b [D]. */
  readonly bias: NDArray<"f32">;
  /** √(Σ‖W s̄_y + b − E_y‖² / Σ‖E_y − Ē‖²): 0 is a perfect fit. */
  readonly residual: number;
}

/**
 * Fits an S-Adapter to a class table, so that a class-conditional model goes on as before when a bank takes the table's place
 * (E.2): W, b = argmin Σ_y ‖W s̄_y + b − E_y‖² + λK‖W‖².
 * @param means s̄, mean snippets of the classes [K,d]. @param embeddings E [K,D], without the null row.
 * @throws {ShapeError} if the numbers of classes differ.
 * @example
 * const fit = ridgeAdapter(array([1, 0, 0, 1], [2, 2]), array([2, 0, 4, 0, 0, 2], [2, 3]));
 * fit.weight.shape; // [3,2]
 */
export function ridgeAdapter(
  means: NDArray<"f32">,
  embeddings: NDArray<"f32">,
  options: { readonly gain?: number; readonly lambda?: number } = {},
): RidgeAdapter {
  const { gain = 1, lambda = 1e-3 } = options;
  const [K = 0, d = 0] = means.shape;
  const [rows, D = 0] = embeddings.shape;
  if (rows !== K || K === 0)
    throw new ShapeError("ridgeAdapter", "needs one embedding for the mean of each class", [
      means.shape,
      embeddings.shape,
    ]);
  const s = centred(means.data, { rows: K, columns: d });
  const e = centred(embeddings.data, { rows: K, columns: D });
  // the K×K form: W = Eᵀ(SSᵀ + λK·I)⁻¹S, with rows centred so that b is free
  const gram = new Float64Array(K * K);
  for (let i = 0; i < K; i++)
    for (let j = 0; j < K; j++) gram[i * K + j] = dot(s.rows, s.rows, { i: i * d, j: j * d, length: d });
  for (let i = 0; i < K; i++) gram[i * K + i] = (gram[i * K + i] as number) + lambda * K;
  const dual = solve(cholesky(gram, { n: K }), e.rows, { n: K, columns: D }); // (SSᵀ + λK)⁻¹E [K,D]
  const weight = new Float64Array(D * d);
  for (let y = 0; y < K; y++)
    for (let out = 0; out < D; out++) {
      const factor = dual[y * D + out] as number;
      for (let j = 0; j < d; j++)
        weight[out * d + j] = (weight[out * d + j] as number) + factor * (s.rows[y * d + j] as number);
    }
  const bias = Float64Array.from(
    { length: D },
    (_, out) => (e.mean[out] as number) - dot(weight, s.mean, { i: out * d, j: 0, length: d }),
  );
  let [missed, total] = [0, 0];
  for (let y = 0; y < K; y++)
    for (let out = 0; out < D; out++) {
      const target = e.rows[y * D + out] as number;
      missed += (dot(weight, s.rows, { i: out * d, j: y * d, length: d }) - target) ** 2;
      total += target ** 2;
    }
  return {
    weight: array(
      Float32Array.from(weight, (value) => value / gain),
      [D, d],
    ),
    bias: array(Float32Array.from(bias), [D]),
    residual: Math.sqrt(missed / Math.max(total, Number.MIN_VALUE)),
  };
}

/**
 * Mean snippet of each class [K,d], not scaled to unit length.
 * @throws {GMemError} code `BANK` if the bank has no labels or a class has no row.
 * @example
 * // no-run
 * const means = await classMeans(bank, 10); // [10,768]
 */
export async function classMeans(bank: MemoryBank, classes: number): Promise<NDArray<"f32">> {
  const { labels, dim, size } = bank;
  if (!labels)
    throw new GMemError("BANK", "classMeans: the bank must have labels, got none; build it from a labelled dataset");
  const sums = new Float64Array(classes * dim);
  const counts = new Int32Array(classes);
  for (let from = 0; from < size; from += 4096) {
    const rows = Int32Array.from({ length: Math.min(4096, size - from) }, (_, i) => from + i);
    const { data } = await bank.at(rows);
    for (const [i, row] of rows.entries()) {
      const label = labels[row] as number;
      if (label < 0 || label >= classes) continue;
      counts[label] = (counts[label] as number) + 1;
      for (let j = 0; j < dim; j++)
        sums[label * dim + j] = (sums[label * dim + j] as number) + (data[i * dim + j] as number);
    }
  }
  const empty = counts.indexOf(0);
  if (empty >= 0)
    throw new GMemError("BANK", `classMeans: every class must have rows in the bank, got none of class ${empty}`);
  return array(
    Float32Array.from(sums, (sum, at) => sum / (counts[Math.floor(at / dim)] as number)),
    [classes, dim],
  );
}

interface Matrix {
  readonly rows: Float64Array;
  readonly mean: Float64Array;
}

/** Rows less their mean. */
function centred(data: Float32Array, { rows, columns }: { readonly rows: number; readonly columns: number }): Matrix {
  const mean = new Float64Array(columns);
  data.forEach((value, at) => {
    mean[at % columns] = (mean[at % columns] as number) + value / rows;
  });
  return { rows: Float64Array.from(data, (value, at) => value - (mean[at % columns] as number)), mean };
}

const dot = (
  a: Float64Array,
  b: Float64Array,
  { i, j, length }: { readonly i: number; readonly j: number; readonly length: number },
): number => {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += (a[i + k] as number) * (b[j + k] as number);
  return sum;
};

/** X of LLᵀX = B. */
function solve(
  factor: Float64Array,
  b: Float64Array,
  { n, columns }: { readonly n: number; readonly columns: number },
): Float64Array {
  const x = b.slice();
  const eliminate = (i: number, k: number, scale: number): void => {
    for (let c = 0; c < columns; c++)
      x[i * columns + c] = (x[i * columns + c] as number) - scale * (x[k * columns + c] as number);
  };
  const divide = (i: number): void => {
    for (let c = 0; c < columns; c++)
      x[i * columns + c] = (x[i * columns + c] as number) / (factor[i * n + i] as number);
  };
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) eliminate(i, k, factor[i * n + k] as number);
    divide(i);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) eliminate(i, k, factor[k * n + i] as number);
    divide(i);
  }
  return x;
}
