import { Worker } from "node:worker_threads";
import { GMemError, ShapeError } from "../errors.ts";
import { eigen } from "./eigen.js";

export interface EigenOptions {
  /** Also compute eigenvectors; costs about three times the values. Default true. */
  readonly vectors?: boolean;
}

/** A = V diag(values) Vᵀ. */
export interface EigenResult {
  /** [n], descending. */
  readonly values: Float64Array;
  /** [n,n] row-major, orthonormal: column k, `vectors[i * n + k]`, belongs to `values[k]`. */
  readonly vectors: Float64Array;
}

/** Below this size the start of a thread costs more than the work. */
const inlineSize = 96;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix in float64: Householder tridiagonalisation, then QL with implicit
 * shifts. Runs in a worker thread from n = 97 on, so that the caller's event loop keeps turning.
 * @param a [n,n] row-major; its lower triangle is read.
 * @throws {ShapeError} if `a` has not n² entries.
 * @throws {GMemError} code `NON_FINITE` if an entry of the lower triangle is NaN or infinite.
 * @example
 * const { values, vectors } = await symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
 * // values 3, 1; vectors[0], vectors[2] is the first eigenvector
 */
export async function symmetricEigen(
  a: Float64Array,
  n: number,
  options: { readonly vectors: false },
): Promise<Pick<EigenResult, "values">>;
export async function symmetricEigen(a: Float64Array, n: number, options?: EigenOptions): Promise<EigenResult>;
export async function symmetricEigen(
  a: Float64Array,
  n: number,
  options: EigenOptions = {},
): Promise<Pick<EigenResult, "values"> & Partial<EigenResult>> {
  const vectors = options.vectors ?? true;
  check(a, n);
  if (n <= inlineSize) return eigen(a, n, vectors);
  const worker = new Worker(new URL("./eigen-worker.js", import.meta.url), { workerData: { input: a, n, vectors } });
  try {
    return await new Promise<EigenResult>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) =>
        reject(new GMemError("ENGINE", `symmetricEigen: the worker must answer before it ends, got exit code ${code}`)),
      );
    });
  } finally {
    await worker.terminate();
  }
}

/**
 * {@link symmetricEigen} in the calling thread; for small matrices.
 * @throws {ShapeError} if `a` has not n² entries.
 * @throws {GMemError} code `NON_FINITE` if an entry of the lower triangle is NaN or infinite.
 * @example
 * symmetricEigenSync(Float64Array.of(2, 1, 1, 2), 2).values; // 3, 1
 */
export function symmetricEigenSync(a: Float64Array, n: number): EigenResult {
  check(a, n);
  const { values, vectors = new Float64Array() } = eigen(a, n, true);
  return { values, vectors };
}

function check(a: Float64Array, n: number): void {
  if (a.length !== n * n) throw new ShapeError("symmetricEigen", `needs n² = ${n * n} entries`, [[a.length]]);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++)
      if (!Number.isFinite(a[i * n + j]))
        throw new GMemError("NON_FINITE", `symmetricEigen: entries must be finite, got ${a[i * n + j]} at [${i},${j}]`);
}
