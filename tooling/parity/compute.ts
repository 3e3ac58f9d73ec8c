import { evaluate, type Named, type NDArray, type Tensor, trace } from "@gmem/tensor";

/** Traces a program over given arrays and evaluates it: `params` as state, `feeds` as feeds. */
export function compute<F extends Named<NDArray>>(
  inputs: { readonly feeds: F; readonly params?: Named<NDArray> },
  program: (feeds: { readonly [K in keyof F]: Tensor }, params: Named<Tensor>) => Named<Tensor>,
): Named<NDArray> {
  const { feeds, params = {} } = inputs;
  const graph = trace({ feeds, state: params }, (at) => ({ fetches: program(at.feeds, at.state) }));
  return evaluate(graph, feeds, params).fetches;
}

/** The only result of a program that has one. */
export const only = (results: Named<NDArray>): NDArray => Object.values(results)[0] as NDArray;
