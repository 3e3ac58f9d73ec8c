import { type NDArray, storage, takeRows } from "./array.ts";
import { type Aval, type Named, sizeOf } from "./aval.ts";
import type { DeviceState, Engine, Executable } from "./engine.ts";
import { DTypeError, GMemError, ShapeError } from "./errors.ts";
import { type Tensor, trace } from "./graph.ts";
import { inBlocks } from "./in-blocks.ts";
import { mapNamed } from "./named.ts";

/** A function of parameters and x [n,…] that gives [n,…]: rows do not depend on each other. */
export type RowNetwork<N extends string = string, P extends string = string> = (
  p: Readonly<Record<P, Tensor>>,
  x: Tensor,
) => Readonly<Record<N, Tensor>>;

export interface RowRunnerOptions<P extends string> {
  readonly engine: Engine;
  /** n, the rows of one call of the engine; an input of at most half as many runs at half of n, and so on. */
  readonly batchSize: number;
  /** On the device from the first run on, for all networks; default none. */
  readonly parameters?: Readonly<Record<P, NDArray>>;
}

/** Networks of one set of parameters, compiled once each for every shape of a block. */
export interface RowRunner<P extends string = string> {
  /**
   * All rows of x [N,…] through a network, which `name` tells from the others of this runner.
   * @throws {ShapeError} if x has no rows to count, or a result is not [n,…]. @throws {DTypeError} if one is not f32.
   */
  run<N extends string>(
    x: NDArray,
    how: { readonly name: string; readonly network: RowNetwork<N, P>; readonly signal?: AbortSignal },
  ): Promise<Readonly<Record<N, NDArray<"f32">>>>;
  dispose(): Promise<void>;
}

/**
 * Runs networks over any number of rows, n at a time: the last block is filled up with the last row, so that one program of
 * one shape does it, and the bits of a row's result depend on n alone, not on N or the other rows.
 * @throws {GMemError} code `CONFIG` for a batch size that is no positive whole number.
 * @example
 * const runner = rowRunner({ engine: referenceEngine(), batchSize: 4, parameters: { w: array([1, 2], [2, 1]) } });
 * const network = (p: { w: Tensor }, x: Tensor) => ({ y: x.matmul(p.w) });
 * const { y } = await runner.run(array([1, 2, 3, 4, 5, 6], [3, 2]), { name: "linear", network }); // 5, 11, 17
 * await runner.dispose();
 */
export function rowRunner<P extends string = never>(options: RowRunnerOptions<P>): RowRunner<P> {
  const { engine, batchSize, parameters = {} } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new GMemError("CONFIG", `rowRunner: batchSize must be a positive whole number, got ${batchSize}`);
  let state: Promise<DeviceState> | undefined;
  const programs = new Map<string, Promise<Executable>>();

  const compile = async (network: RowNetwork<string, P>, x: Aval): Promise<Executable> => {
    state ??= engine.state(parameters, { fixed: Object.keys(parameters) });
    state.catch(() => {
      state = undefined; // the next run tries again
    });
    const held = await state;
    const graph = trace({ feeds: { x }, state: held.avals }, (at) => ({
      fetches: network(at.state as Readonly<Record<P, Tensor>>, at.feeds.x),
    }));
    for (const [name, result] of Object.entries(graph.fetches)) {
      if (result.dtype !== "f32") throw new DTypeError("rowRunner", `"${name}" must be f32`, result.dtype);
      if (result.shape[0] !== x.shape[0])
        throw new ShapeError("rowRunner", `"${name}" must have a row for each of ${x.shape[0]}`, [result.shape]);
    }
    return engine.compile(graph, { state: held });
  };

  const programFor = (name: string, network: RowNetwork<string, P>, x: Aval): Promise<Executable> => {
    const key = `${name} ${x.dtype} ${x.shape}`;
    const program = programs.get(key) ?? compile(network, x);
    programs.set(key, program);
    program.catch(() => programs.delete(key));
    return program;
  };

  return {
    async run(x, { name, network, signal }) {
      const [count] = x.shape;
      if (count === undefined) throw new ShapeError("rowRunner", "needs an input with rows", [x.shape]);
      const n = blockSize(count, batchSize);
      const program = await programFor(name, network, { dtype: x.dtype, shape: [n, ...x.shape.slice(1)] });
      const results =
        count === 0
          ? noRows(program)
          : await inBlocks(count, n, (rows) => program.run({ x: blockOf(x, rows) }, signal ? { signal } : {}));
      return results as Readonly<Record<string, NDArray<"f32">>>;
    },
    async dispose() {
      const compiled = await Promise.allSettled(programs.values());
      programs.clear();
      for (const program of compiled) if (program.status === "fulfilled") await program.value.dispose();
      await (await state)?.dispose();
      state = undefined;
    },
  };
}

/** The least of n, n/2, n/4 … that holds all rows, or n. */
function blockSize(count: number, n: number): number {
  let size = n;
  while (size > 1 && Math.ceil(size / 2) >= count) size = Math.ceil(size / 2);
  return size;
}

/** Consecutive rows of x; not copied where the block is full. */
function blockOf(x: NDArray, rows: Int32Array): NDArray {
  const [first = 0, last = 0] = [rows[0], rows.at(-1)];
  if (last - first + 1 < rows.length) return takeRows(x, rows);
  const width = sizeOf(x.shape.slice(1));
  const data = x.data.subarray(first * width, (last + 1) * width) as typeof x.data;
  return { dtype: x.dtype, shape: [rows.length, ...x.shape.slice(1)], data };
}

const noRows = ({ graph }: Executable): Named<NDArray> =>
  mapNamed(graph.fetches, ({ dtype, shape }) => ({ dtype, shape: [0, ...shape.slice(1)], data: storage(dtype, 0) }));
