import { type Aval, type Engine, type Executable, GMemError, type NDArray, trace } from "@gmem/tensor";
import { matmulF64 } from "@gmem/tensor/linalg";

/** Products of blocks of rows; dispose it when the last block is done. */
export interface RowProducts {
  /** What it multiplies in. */
  readonly dtype: "f32" | "f64";
  /** x yᵀ [n,m] of rows x [n,d] and y [m,d]. */
  run(x: Float32Array, y: Float32Array): Promise<Float32Array | Float64Array>;
  dispose(): Promise<void>;
}

/**
 * x yᵀ of blocks of rows of width d: on an engine in the arithmetic asked for, without one in float64.
 * @throws {GMemError} code `CONFIG` for float64 on an engine that has none.
 */
export function rowProducts(options: {
  readonly width: number;
  readonly engine?: Engine | undefined;
  readonly dtype: "f32" | "f64";
}): RowProducts {
  const { width, engine, dtype } = options;
  if (!engine)
    return {
      dtype: "f64",
      run: async (x, y) => matmulF64(x, y, { m: x.length / width, k: width, n: y.length / width, transposeB: true }),
      dispose: async () => {},
    };
  if (!engine.dtypes.has(dtype))
    throw new GMemError("CONFIG", `rowProducts: engine "${engine.name}" has no ${dtype}; leave the engine out`);
  const programs = new Map<string, Promise<Executable>>();
  const programOf = (n: number, m: number): Promise<Executable> => {
    const rows = (count: number): Aval => ({ dtype, shape: [count, width] });
    const name = `${n},${m}`;
    const program =
      programs.get(name) ??
      engine.compile(
        trace({ feeds: { x: rows(n), y: rows(m) } }, ({ feeds }) => ({
          fetches: { products: feeds.x.matmul(feeds.y, { transposeB: true }) }, // [n,m]
        })),
      );
    programs.set(name, program);
    return program;
  };
  const array = (rows: Float32Array): NDArray => ({
    dtype,
    shape: [rows.length / width, width],
    data: dtype === "f64" ? Float64Array.from(rows) : rows,
  });
  return {
    dtype,
    async run(x, y) {
      const program = await programOf(x.length / width, y.length / width);
      const { products } = await program.run({ x: array(x), y: array(y) });
      return (products as NDArray).data as Float32Array | Float64Array;
    },
    async dispose() {
      for (const program of programs.values()) await (await program).dispose();
      programs.clear();
    },
  };
}
