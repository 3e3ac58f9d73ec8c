import {
  concatRows,
  type Engine,
  type Executable,
  type Named,
  type NDArray,
  type Tensor,
  takeRows,
  trace,
} from "@gmem/tensor";

/** A function of parameters and one input [n,…] whose rows do not depend on each other. */
export type Network = (p: Named<Tensor>, x: Tensor) => Tensor;

/** Parameters on an engine, and the programs that use them. */
export interface DeviceNetwork {
  /** All rows of `input` through a network, block by block; `name` tells it from the others of these parameters. */
  run(name: string, network: Network, input: NDArray): Promise<NDArray<"f32">>;
  dispose(): Promise<void>;
}

/**
 * Puts parameters on an engine at the first run. Each network is compiled once for every shape of a block; blocks have
 * `batchSize` rows, and what is left goes through in halves of it, so that few shapes arise and none is filled up.
 */
export function deviceNetwork(options: {
  readonly engine: Engine;
  readonly weights: Named<NDArray>;
  readonly batchSize: number;
}): DeviceNetwork {
  const { engine, weights, batchSize } = options;
  let state: ReturnType<Engine["state"]> | undefined;
  const programs = new Map<string, Promise<Executable>>();
  const compile = async (network: Network, { dtype, shape }: NDArray): Promise<Executable> => {
    state ??= engine.state(weights);
    const held = await state;
    const graph = trace({ feeds: { x: { dtype, shape } }, state: held.avals }, (at) => ({
      fetches: { y: network(at.state, at.feeds.x) },
    }));
    return engine.compile(graph, { state: held });
  };
  return {
    async run(name, network, input) {
      const results: NDArray<"f32">[] = [];
      for (const rows of blocks(input.shape[0] ?? 0, batchSize)) {
        const block = takeRows(input, rows);
        const key = `${name} ${block.shape}`;
        const program = programs.get(key) ?? compile(network, block);
        programs.set(key, program);
        program.catch(() => programs.delete(key));
        const { y } = await (await program).run({ x: block });
        results.push(y as NDArray<"f32">);
      }
      return concatRows(results);
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

/** Consecutive rows 0 … n−1 in blocks of `most`, then of the halves that fit: 11 by 4 is 4, 4, 2, 1. */
export function* blocks(n: number, most: number): Generator<Int32Array> {
  let size = most;
  for (let from = 0; from < n; from += size) {
    while (size > n - from) size = Math.ceil(size / 2);
    yield Int32Array.from({ length: size }, (_, i) => from + i);
  }
}
