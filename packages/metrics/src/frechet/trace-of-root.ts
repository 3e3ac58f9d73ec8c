import { type Aval, array, type Engine, GMemError, isGMemError, type NDArray, trace } from "@gmem/tensor";
import { cholesky, congruence, matmulF64, symmetricEigen, transposed } from "@gmem/tensor/linalg";
import { lowRankFactor } from "./low-rank-factor.ts";

/** Below this share of the largest diagonal entry a Cholesky pivot counts as zero: the matrix is singular. */
const singular = 1e-9;

/**
 * Tr (A B)^½ of symmetric positive semidefinite A, B [n,n]: with A = L Lᵀ, A B and Lᵀ B L have the same eigenvalues, and
 * the latter is symmetric, so the trace is Σ √λ(Lᵀ B L). L is a Cholesky factor of the one that has a good one, else
 * V Λ^½ from its eigenvectors. Of a matrix of rank r < n it has r columns, and Lᵀ B L is [r,r].
 * @param options.ranks What the ranks of A and B are at most.
 */
export async function traceOfRoot(
  a: Float64Array,
  b: Float64Array,
  options: { readonly n: number; readonly ranks: readonly [number, number]; readonly engine?: Engine },
): Promise<number> {
  const { n, ranks, engine } = options;
  const { product, size } = (await lowRankProduct([a, b], { n, ranks, engine })) ?? {
    product: await fullProduct(a, b, { n, engine }),
    size: n,
  };
  const { values } = await symmetricEigen(product, size, { vectors: false });
  return values.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
}

interface Sizes {
  readonly n: number;
  readonly engine?: Engine | undefined;
}

/** Lᵀ B L [r,r] of the matrix that has the smaller rank, where that is smaller than n. */
async function lowRankProduct(
  matrices: readonly [Float64Array, Float64Array],
  { n, ranks, engine }: Sizes & { readonly ranks: readonly [number, number] },
): Promise<{ readonly product: Float64Array; readonly size: number } | undefined> {
  const below = ranks.map((rank) => (rank >= 1 && rank < n ? rank : n)) as [number, number]; // a count of 0 is not known
  const small = below[1] < below[0] ? 1 : 0;
  const most = below[small];
  const factor = most < n ? lowRankFactor(matrices[small], { n, most }) : undefined;
  if (!factor) return undefined;
  const { rows, rank } = factor;
  if (rank === 0) return { product: new Float64Array(1), size: 1 }; // of zeros
  const l = transposed(rows, { rows: rank, columns: n });
  const other = matrices[1 - small] as Float64Array;
  const product = engine?.dtypes.has("f64")
    ? await engineSandwich(l, other, { n, rank, engine })
    : sandwich(l, other, { n, rank });
  return { product, size: rank };
}

/** Lᵀ B L [n,n]. */
async function fullProduct(a: Float64Array, b: Float64Array, { n, engine }: Sizes): Promise<Float64Array> {
  const found = firstFactor(a, b, n);
  if (engine?.dtypes.has("f64"))
    return engineSandwich(...(found ?? [await eigenFactor(a, n), b]), { n, rank: n, engine });
  return found ? congruence(...found, { n }) : sandwich(await eigenFactor(a, n), b, { n, rank: n });
}

/** A Cholesky factor of a or of b, and the other matrix. */
function firstFactor(a: Float64Array, b: Float64Array, n: number): readonly [Float64Array, Float64Array] | undefined {
  const factor = regularFactor(a, n);
  if (factor) return [factor, b];
  const swapped = regularFactor(b, n);
  return swapped && [swapped, a];
}

function regularFactor(a: Float64Array, n: number): Float64Array | undefined {
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, a[i * n + i] as number);
  try {
    const factor = cholesky(a, { n });
    for (let i = 0; i < n; i++) if ((factor[i * n + i] as number) ** 2 < singular * largest) return undefined;
    return factor;
  } catch (error) {
    if (isGMemError(error, "DATA")) return undefined; // not positive definite
    throw error;
  }
}

/** V Λ^½, negative eigenvalues taken as 0. */
async function eigenFactor(a: Float64Array, n: number): Promise<Float64Array> {
  const { values, vectors } = await symmetricEigen(a, n);
  return vectors.map((value, i) => value * Math.sqrt(Math.max(values[i % n] as number, 0)));
}

/** Lᵀ B L [r,r] of an L [n,r] that is not triangular. */
function sandwich(
  l: Float64Array,
  b: Float64Array,
  { n, rank }: { readonly n: number; readonly rank: number },
): Float64Array {
  const right = matmulF64(b, l, { m: n, k: n, n: rank }); // B L
  return matmulF64(transposed(l, { rows: n, columns: rank }), right, { m: rank, k: n, n: rank });
}

/** Lᵀ B L on an engine with float64. */
async function engineSandwich(
  l: Float64Array,
  b: Float64Array,
  options: { readonly n: number; readonly rank: number; readonly engine: Engine },
): Promise<Float64Array> {
  const { n, rank, engine } = options;
  const avals: Record<"l" | "b", Aval> = { l: { dtype: "f64", shape: [n, rank] }, b: { dtype: "f64", shape: [n, n] } };
  const graph = trace({ feeds: avals }, ({ feeds }) => ({
    fetches: { out: feeds.l.matmul(feeds.b.matmul(feeds.l), { transposeA: true }) }, // [r,r]
  }));
  const executable = await engine.compile(graph);
  try {
    const { out } = await executable.run({ l: array(l, [n, rank], "f64"), b: array(b, [n, n], "f64") });
    const { data } = out as NDArray;
    if (data instanceof Float64Array) return data;
    throw new GMemError(
      "ENGINE",
      `frechetDistance: "${engine.name}" must return float64, got ${(out as NDArray).dtype}`,
    );
  } finally {
    await executable.dispose();
  }
}
