import { type Engine, type NDArray, type RowNetwork, rowRunner, ShapeError } from "@gmem/tensor";
import { type Factors, negligibleDirection, project } from "./factors.ts";
import { type FitOptions, fitFactors } from "./fit-factors.ts";
import { mappedRows, memoryRows, type Rows, rowBlocks } from "./rows.ts";
import { blockSize } from "./rows-moments.ts";

/**
 * Factors and coefficients of rows as they are, without normalisation (Appendix C): C = U_r S_r^½, B = V_r S_r^½.
 * Banks: {@link compress}.
 * @param features [n,d].
 * @returns coefficients C [n,r] and factors; {@link reconstructRows} gives the rows back.
 * @throws {ShapeError} if `features` is not [n,d]. @throws {BankError} code `BANK` for a rank that is no positive integer.
 * @example
 * const features = key(0).normal([50, 8]);
 * const { factors, coefficients } = await factorize(features, { rank: 8 });
 * reconstructRows(factors, coefficients); // f32 [50,8], the features to 1e-6
 */
export async function factorize(
  features: NDArray<"f32">,
  options: FitOptions,
): Promise<{ readonly factors: Factors; readonly coefficients: NDArray<"f32"> }> {
  const [size, width] = features.shape;
  if (features.shape.length !== 2 || !size || !width)
    throw new ShapeError("factorize", "features must be [n,d] with rows", [features.shape]);
  const rows = memoryRows(features.data, { size, width });
  const factors = await fitFactors(rows, options);
  const rank = factors.singular.data.length;
  const projected = await projectedRows(rows, factors, options.engine);
  try {
    const data = await wholeRows(projected.rows);
    return { factors, coefficients: { dtype: "f32", shape: [size, rank], data } };
  } finally {
    await projected.dispose();
  }
}

/** Rows in memory, collected block by block. */
export async function wholeRows(rows: Rows): Promise<Float32Array> {
  const data = new Float32Array(rows.size * rows.width);
  let at = 0;
  for await (const block of rowBlocks(rows, blockSize)) {
    data.set(block, at);
    at += block.length;
  }
  return data;
}

/** Rows that must be disposed when they are read. */
export interface ProjectedRows {
  readonly rows: Rows;
  dispose(): Promise<void>;
}

/**
 * Coefficients of rows, computed as they are read: C = (M − μ) V_r S_r^−½, the second pass of docs/formulas.md,
 * "Compression".
 */
export async function projectedRows(rows: Rows, factors: Factors, engine?: Engine): Promise<ProjectedRows> {
  const d = rows.width;
  const rank = factors.singular.data.length;
  if (!engine || rank === 0)
    return {
      rows: mappedRows(rows, rank, (data, n) => project(factors, { dtype: "f32", shape: [n, d], data }).data),
      dispose: async () => {},
    };
  const floor = negligibleDirection * (factors.singular.data[0] ?? 0);
  const weight = factors.basis.data.map((value, at) => {
    const s = factors.singular.data[at % rank] as number;
    return s > floor ? value / s : 0;
  });
  const runner = rowRunner({
    engine,
    batchSize: Math.min(blockSize, rows.size),
    parameters: { mean: factors.mean, weight: { dtype: "f32", shape: [d, rank], data: weight } },
  });
  const network: RowNetwork<"c", "mean" | "weight"> = (p, x) => ({ c: x.sub(p.mean).matmul(p.weight) }); // [n,r]
  const coefficients = async (data: Float32Array, n: number): Promise<Float32Array> =>
    (await runner.run({ dtype: "f32", shape: [n, d], data }, { name: "project", network })).c.data;
  return { rows: mappedRows(rows, rank, coefficients), dispose: () => runner.dispose() };
}
