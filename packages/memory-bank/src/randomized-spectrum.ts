import { type Engine, key, type NDArray } from "@gmem/tensor";
import { matmulF64, symmetricEigen, transposed } from "@gmem/tensor/linalg";
import { blockProgram } from "./block-program.ts";
import { type Rows, rowBlocks } from "./rows.ts";
import { blockSize } from "./rows-moments.ts";

const oversampling = 10;
const powerIterations = 2;

/** Directions [d,k] by column and their singular values [k], of centred rows. */
export interface Spectrum {
  readonly vectors: Float64Array;
  readonly singular: Float64Array;
  readonly mean: Float64Array;
}

/**
 * The leading directions of centred rows by subspace iteration (Halko, Martinsson & Tropp 2011): W ← orth(M_cᵀ M_c W) a
 * pass, then the small problem Wᵀ M_cᵀ M_c W. Costs 2(q+2) N d (r+10) against N d² of the exact way.
 */
export async function randomizedSpectrum(
  rows: Rows,
  options: { readonly rank: number; readonly seed: number; readonly engine?: Engine },
): Promise<Spectrum> {
  const { rank, seed, engine } = options;
  const d = rows.width;
  const k = Math.min(rank + oversampling, d);
  const mean = await columnMean(rows);
  const start = key(seed).split("svd").normal([d, k]);
  let w = await orthonormal(Float64Array.from(start.data), d, k);
  for (let pass = 0; pass <= powerIterations; pass++)
    w = await orthonormal(await scatterTimes(rows, { w, k, mean, ...(engine && { engine }) }), d, k);
  const product = await scatterTimes(rows, { w, k, mean, ...(engine && { engine }) }); // [d,k] = G W
  const small = matmulF64(transposed(w, { rows: d, columns: k }), product, { m: k, k: d, n: k }); // Wᵀ G W
  const { values, vectors } = await symmetricEigen(symmetrized(small, k), k);
  return {
    vectors: matmulF64(w, vectors, { m: d, k, n: k }),
    singular: values.map((value) => Math.sqrt(Math.max(value, 0))),
    mean,
  };
}

interface Product {
  /** [d,k]. */
  readonly w: Float64Array;
  readonly k: number;
  readonly mean: Float64Array;
  readonly engine?: Engine;
}

/** M_cᵀ (M_c W), [d,k]: one pass. */
async function scatterTimes(rows: Rows, { w, k, mean, engine }: Product): Promise<Float64Array> {
  const d = rows.width;
  const total = new Float64Array(d * k);
  const add = (part: ArrayLike<number>): void => {
    for (let at = 0; at < total.length; at++) total[at] = (total[at] as number) + (part[at] as number);
  };
  if (!engine) {
    for await (const block of rowBlocks(rows, blockSize)) {
      const n = block.length / d;
      const centred = Float64Array.from(block, (value, at) => value - (mean[at % d] as number));
      const y = matmulF64(centred, w, { m: n, k: d, n: k });
      add(matmulF64(transposed(centred, { rows: n, columns: d }), y, { m: d, k: n, n: k }));
    }
    return total;
  }
  const rounded = Float32Array.from(mean);
  const held: Record<string, NDArray> = {
    mean: { dtype: "f32", shape: [d], data: rounded },
    w: { dtype: "f32", shape: [d, k], data: Float32Array.from(w) },
  };
  const program = await blockProgram(engine, {
    rows: Math.min(blockSize, rows.size),
    width: d,
    padding: rounded,
    held,
    program(x, { mean: mu, w: directions }) {
      if (!mu || !directions) return {};
      const centred = x.sub(mu); // [n,d]
      return { z: centred.matmul(centred.matmul(directions), { transposeA: true }) }; // [d,k]
    },
  });
  try {
    for await (const block of rowBlocks(rows, blockSize)) add((await program.run(block)).z?.data ?? []);
  } finally {
    await program.dispose();
  }
  return total;
}

async function columnMean(rows: Rows): Promise<Float64Array> {
  const d = rows.width;
  const sum = new Float64Array(d);
  for await (const block of rowBlocks(rows, blockSize))
    for (let at = 0, j = 0; at < block.length; at++, j = j + 1 === d ? 0 : j + 1)
      sum[j] = (sum[j] as number) + (block[at] as number);
  return sum.map((value) => value / rows.size);
}

/** Orthonormal columns with the span of x [d,k]: x ← x V Λ^−½ from xᵀx = V Λ Vᵀ, twice for accuracy. */
async function orthonormal(x: Float64Array, d: number, k: number): Promise<Float64Array> {
  let columns = x;
  for (let round = 0; round < 2; round++) {
    const gram = matmulF64(transposed(columns, { rows: d, columns: k }), columns, { m: k, k: d, n: k });
    const { values, vectors } = await symmetricEigen(symmetrized(gram, k), k);
    const floor = 1e-14 * (values[0] ?? 0);
    const scaled = vectors.map((value, at) => {
      const lambda = values[at % k] as number;
      return lambda > floor ? value / Math.sqrt(lambda) : 0;
    });
    columns = matmulF64(columns, scaled, { m: d, k, n: k });
  }
  return columns;
}

const symmetrized = (a: Float64Array, n: number): Float64Array =>
  a.map((value, at) => (value + (a[(at % n) * n + Math.floor(at / n)] as number)) / 2);
