import type { Named, NDArray } from "./array.ts";
import type { Engine } from "./engine.ts";
import type { Graph, Node } from "./graph.ts";
import { GraphError } from "./errors.ts";
export function evaluateNode(_n: Node, _i: readonly NDArray[]): readonly NDArray[] { throw new GraphError("reference", "x"); }
export function evaluate(_g: Graph, _f: Named<NDArray>, _s?: Named<NDArray>): { fetches: Named<NDArray>; nextState: Named<NDArray> } { throw new GraphError("reference", "x"); }
export function referenceEngine(): Engine { throw new GraphError("reference", "x"); }
