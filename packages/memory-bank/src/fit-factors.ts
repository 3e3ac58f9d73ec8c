import type { Engine, NDArray } from "@gmem/tensor";
import { type BlockMoments, symmetricEigen } from "@gmem/tensor/linalg";
import { BankError } from "./bank-error.ts";
import type { Factors } from "./factors.ts";
import { randomizedSpectrum, type Spectrum } from "./randomized-spectrum.ts";
import type { Rows } from "./rows.ts";
import { rowsMoments } from "./rows-moments.ts";

export interface FitOptions {
  /** r; at most min(N − 1, d) directions exist and are kept. */
  readonly rank: number;
  /**
   * `exact`: eigenvectors of the Gram matrix (default). `randomized`: subspace iteration on 2(r+10) instead of d columns
   * (Halko, Martinsson & Tropp 2011), for small ranks of wide rows.
   */
  readonly method?: "exact" | "randomized";
  /** Fixes the randomized start. */
  readonly seed?: number;
  readonly engine?: Engine;
  /** Moments of the rows, when they are known: spares the first pass. */
  readonly moments?: BlockMoments;
}

/**
 * Factors of rows (Appendix C), M − 1μ ≈ U_r S_r V_rᵀ and B = V_r S_r^½, by passes over blocks of rows: nothing of size N
 * is held. The entry of largest magnitude of each column of B is positive.
 * @throws {BankError} code `BANK` for a rank that is no positive integer.
 */
export async function fitFactors(rows: Rows, options: FitOptions): Promise<Factors> {
  const { rank, method = "exact", engine } = options;
  if (!Number.isInteger(rank) || rank < 1)
    throw new BankError("compress", "rank must be a positive integer", `${rank}`);
  const kept = Math.max(0, Math.min(rank, rows.size - 1, rows.width));
  const spectrum =
    method === "exact" || kept === 0
      ? await exactSpectrum(options.moments ?? (await rowsMoments(rows, engine)))
      : await randomizedSpectrum(rows, { rank: kept, seed: options.seed ?? 0, ...(engine && { engine }) });
  return factorsOf(spectrum, { d: rows.width, rank: kept });
}

/** S = √λ of the scatter matrix V Λ Vᵀ. */
async function exactSpectrum({ mean, scatter }: BlockMoments): Promise<Spectrum> {
  const { values, vectors } = await symmetricEigen(scatter, mean.length);
  return { vectors, singular: values.map((value) => Math.sqrt(Math.max(value, 0))), mean };
}

function factorsOf(spectrum: Spectrum, size: { readonly d: number; readonly rank: number }): Factors {
  const { d, rank } = size;
  const columns = spectrum.singular.length;
  const basis = new Float32Array(d * rank);
  const singular = new Float32Array(rank);
  for (let j = 0; j < rank; j++) {
    let largest = 0;
    for (let i = 0; i < d; i++) {
      const value = spectrum.vectors[i * columns + j] as number;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    const s = spectrum.singular[j] as number;
    const scale = (largest < 0 ? -1 : 1) * Math.sqrt(s);
    for (let i = 0; i < d; i++) basis[i * rank + j] = (spectrum.vectors[i * columns + j] as number) * scale;
    singular[j] = s;
  }
  const array = (data: Float32Array, shape: readonly number[]): NDArray<"f32"> => ({ dtype: "f32", shape, data });
  return {
    basis: array(basis, [d, rank]),
    singular: array(singular, [rank]),
    mean: array(Float32Array.from(spectrum.mean), [d]),
  };
}
