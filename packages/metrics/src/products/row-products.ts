import { type Aval, type Engine, type Executable, GMemError, type NDArray, trace } from "@gmem/tensor";
import { matmulF64 } from "@gmem/tensor/linalg";

/** A block of rows as products take it. */
export interface BlockOfRows {
  readonly count: number;
  readonly data: Float32Array | Float64Array;
}

/** Products of blocks of rows; dispose it when the last block is done. */
export interface RowProducts {
  /** What it multiplies in. */
  readonly dtype: "f32" | "f64";
  /** Rows [n,d] once, for many products. */
  block(rows: Float32Array): BlockOfRows;
  /** x yᵀ [n,m] of rows x [n,d] and y [m,d]. */
  run(x: BlockOfRows, y: BlockOfRows): Promise<Float32Array | Float64Array>;
  dispose(): Promise<void>;
}

/** Zeros behind each row of a width whose rows would lie on the same lines of a cache: they add nothing, and cost a quarter less. */
const strideOf = (width: number): number => (width % 512 === 0 ? width + 16 : width);

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
      block: (data) => ({ count: data.length / width, data }),
      run: async (x, y) => matmulF64(x.data, y.data, { m: x.count, k: width, n: y.count, transposeB: true }),
      dispose: async () => {},
    };
  if (!engine.dtypes.has(dtype))
    throw new GMemError("CONFIG", `rowProducts: engine "${engine.name}" has no ${dtype}; leave the engine out`);
  const stride = strideOf(width);
  const programs = new Map<string, Promise<Executable>>();
  const programOf = (n: number, m: number): Promise<Executable> => {
    const rows = (count: number): Aval => ({ dtype, shape: [count, stride] });
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
  const array = ({ count, data }: BlockOfRows): NDArray => ({ dtype, shape: [count, stride], data }) as NDArray;
  return {
    dtype,
    block(rows) {
      const count = rows.length / width;
      if (stride === width) return { count, data: dtype === "f64" ? Float64Array.from(rows) : rows };
      const data = dtype === "f64" ? new Float64Array(count * stride) : new Float32Array(count * stride);
      for (let i = 0; i < count; i++) data.set(rows.subarray(i * width, (i + 1) * width), i * stride);
      return { count, data };
    },
    async run(x, y) {
      const program = await programOf(x.count, y.count);
      const { products } = await program.run({ x: array(x), y: array(y) });
      return (products as NDArray).data as Float32Array | Float64Array;
    },
    async dispose() {
      for (const program of programs.values()) await (await program).dispose();
      programs.clear();
    },
  };
}
