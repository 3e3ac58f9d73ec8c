import { type Aval, array, type Engine, GMemError, isGMemError, type NDArray, trace } from "@gmem/tensor";
import { cholesky, congruence, matmulF64, symmetricEigen, transposed } from "@gmem/tensor/linalg";

/** Below this share of the largest diagonal entry a Cholesky pivot counts as zero: the matrix is singular. */
const singular = 1e-9;

/**
 * Tr (A B)^½ of symmetric positive semidefinite A, B [n,n]: with A = L Lᵀ, A B and Lᵀ B L have the same eigenvalues, and
 * the latter is symmetric, so the trace is Σ √λ(Lᵀ B L). L is a Cholesky factor of the one that has a good one, else
 * V Λ^½ from its eigenvectors.
 */
export async function traceOfRoot(
  a: Float64Array,
  b: Float64Array,
  options: { readonly n: number; readonly engine?: Engine },
): Promise<number> {
  const { n, engine } = options;
  const found = firstFactor(a, b, n);
  const product = engine?.dtypes.has("f64")
    ? await engineSandwich(...(found ?? [await eigenFactor(a, n), b]), { n, engine })
    : found
      ? congruence(...found, { n })
      : sandwich(await eigenFactor(a, n), b, n);
  const { values } = await symmetricEigen(product, n, { vectors: false });
  return values.reduce((sum, value) => sum + Math.sqrt(Math.max(value, 0)), 0);
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

/** Lᵀ B L of an L that is not triangular. */
function sandwich(l: Float64Array, b: Float64Array, n: number): Float64Array {
  const right = matmulF64(b, l, { m: n, k: n, n }); // B L
  return matmulF64(transposed(l, { rows: n, columns: n }), right, { m: n, k: n, n });
}

/** Lᵀ B L on an engine with float64. */
async function engineSandwich(
  l: Float64Array,
  b: Float64Array,
  options: { n: number; engine: Engine },
): Promise<Float64Array> {
  const { n, engine } = options;
  const square: Aval = { dtype: "f64", shape: [n, n] };
  const graph = trace({ feeds: { l: square, b: square } }, ({ feeds }) => ({
    fetches: { out: feeds.l.matmul(feeds.b.matmul(feeds.l), { transposeA: true }) }, // [n,n]
  }));
  const executable = await engine.compile(graph);
  try {
    const { out } = await executable.run({ l: array(l, [n, n], "f64"), b: array(b, [n, n], "f64") });
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
