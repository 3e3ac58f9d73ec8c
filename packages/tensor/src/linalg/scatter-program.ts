import { storage } from "../array.ts";
import type { Shape } from "../aval.ts";
import type { Engine } from "../engine.ts";
import { GMemError, ShapeError } from "../errors.ts";
import { trace } from "../graph.ts";
import type { BlockMoments } from "./running-moments.ts";

/** Moments of blocks of rows, computed by an engine; dispose it when the last block is done. */
export interface ScatterProgram {
  /** Rows [n,d], n ≤ `rows`. @throws {GMemError} code `NON_FINITE` for NaN or infinite values. */
  run(block: Float32Array): Promise<BlockMoments>;
  dispose(): Promise<void>;
}

/**
 * Compiles the scatter of a block, (x − μ̃)ᵀ(x − μ̃) in float32, for {@link RunningMoments.merge}. Blocks of at most
 * 8192 rows keep the relative error of the largest eigenvalue near 1e-7 (docs/formulas.md, "Moments"); means and
 * merging are float64.
 * @param options.dtype `f64` on an engine that has it: slower, no such error; default `f32`.
 * @throws {ShapeError} if `rows` is more than 8192.
 * @example
 * // no-run
 * const program = await scatterProgram(referenceEngine(), { dim: 768, rows: 4096 });
 * new RunningMoments(768).merge(await program.run(new Float32Array(4096 * 768)));
 */
export async function scatterProgram(
  engine: Engine,
  options: { readonly dim: number; readonly rows: number; readonly dtype?: "f32" | "f64" },
): Promise<ScatterProgram> {
  const { dim, rows, dtype = "f32" } = options;
  if (rows < 1 || rows > 8192) throw new ShapeError("scatterProgram", "blocks have 1 to 8192 rows", [[rows, dim]]);
  const of = (...shape: Shape) => ({ dtype, shape });
  const graph = trace({ feeds: { x: of(rows, dim), mean: of(dim) } }, ({ feeds }) => {
    const centred = feeds.x.sub(feeds.mean); // [rows,d]
    return { fetches: { scatter: centred.matmul(centred, { transposeA: true }) } }; // [d,d]
  });
  const executable = await engine.compile(graph);
  return {
    async run(block) {
      const count = block.length / dim;
      if (!Number.isInteger(count) || count < 1 || count > rows)
        throw new ShapeError("scatterProgram", `a block has 1 to ${rows} rows of ${dim}`, [[block.length]]);
      const mean = columnMeans(block, dim);
      const rounded = storage(dtype, dim);
      rounded.set(mean);
      const padded = storage(dtype, rows * dim);
      padded.set(block);
      for (let row = count; row < rows; row++) padded.set(rounded, row * dim); // contributes exactly zero
      const { scatter: product } = await executable.run({
        x: { dtype, shape: [rows, dim], data: padded },
        mean: { dtype, shape: [dim], data: rounded },
      });
      if (!product)
        throw new GMemError("ENGINE", "scatterProgram: the engine must return what was fetched, got nothing");
      const scatter = Float64Array.from(product.data);
      // Σ(x−μ)(x−μ)ᵀ = Σ(x−μ̃)(x−μ̃)ᵀ − n(μ−μ̃)(μ−μ̃)ᵀ, μ̃ the mean as float32
      const shift = mean.map((value, i) => value - (rounded[i] as number));
      for (let i = 0; i < dim; i++)
        for (let j = 0; j < dim; j++)
          scatter[i * dim + j] = (scatter[i * dim + j] as number) - count * (shift[i] as number) * (shift[j] as number);
      return { count, mean, scatter };
    },
    dispose: () => executable.dispose(),
  };
}

function columnMeans(rows: Float32Array, dim: number): Float64Array {
  const count = rows.length / dim;
  const mean = new Float64Array(dim);
  for (let i = 0; i < count; i++)
    for (let j = 0, at = i * dim; j < dim; j++, at++) mean[j] = (mean[j] as number) + (rows[at] as number);
  for (let j = 0; j < dim; j++) {
    mean[j] = (mean[j] as number) / count;
    if (!Number.isFinite(mean[j]))
      throw new GMemError("NON_FINITE", `scatterProgram: rows must be finite, got ${mean[j]} in column ${j}`);
  }
  return mean;
}
