import { type Aval, type Engine, type Graph, type Named, type NDArray, type Tensor, trace } from "@gmem/tensor";

/** Compiles a graph without state, runs it once and lets go of it. */
export async function runOnce(engine: Engine, graph: Graph, feeds: Named<NDArray>): Promise<Named<NDArray>> {
  const executable = await engine.compile(graph);
  try {
    return await executable.run(feeds);
  } finally {
    await executable.dispose();
  }
}

/** The program of a case: inputs fed as x0, x1, …, outputs fetched as y0, y1, …. */
export function casesGraph(inputs: readonly Aval[], build: (...inputs: Tensor[]) => Tensor | readonly Tensor[]): Graph {
  const avals = Object.fromEntries(inputs.map(({ dtype, shape }, i) => [`x${i}`, { dtype, shape }]));
  return trace({ feeds: avals }, ({ feeds }) => {
    const out = build(...inputs.map((_, i) => feeds[`x${i}`] as Tensor));
    return { fetches: Object.fromEntries(("node" in out ? [out] : out).map((part, i) => [`y${i}`, part])) };
  });
}
