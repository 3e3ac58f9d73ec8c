import type { Solver } from "@gmem/spec";
import type { Aval, Engine, Executable, Graph } from "@gmem/tensor";
import { cutStep } from "./cut-step.ts";

/** A compiled part of a step. */
export interface ReadyPart {
  readonly executable: Executable;
}

/** Parts of steps, compiled once each: solvers that compute the same share them. */
export interface Parts {
  of(solver: Solver): Promise<readonly (ReadyPart | undefined)[]>;
  dispose(): Promise<void>;
}

/** Parts for x [N,C,H,W]. */
export function partsOf(engine: Engine, latent: Aval): Parts {
  const known = new WeakMap<Solver, Promise<readonly (ReadyPart | undefined)[]>>();
  const compiled = new Map<string, Promise<ReadyPart>>();
  const compile = (graph: Graph): Promise<ReadyPart> => {
    const name = signature(graph);
    const kept = compiled.get(name);
    if (kept) return kept;
    const ready = engine.compile(graph).then((executable) => ({ executable }));
    compiled.set(name, ready);
    ready.catch(() => compiled.delete(name));
    return ready;
  };
  return {
    of(solver) {
      const kept = known.get(solver);
      if (kept) return kept;
      const parts = Promise.all(cutStep(solver, latent).map((graph) => graph && compile(graph)));
      known.set(solver, parts);
      parts.catch(() => known.delete(solver));
      return parts;
    },
    async dispose() {
      const parts = await Promise.allSettled(compiled.values());
      compiled.clear();
      for (const part of parts) if (part.status === "fulfilled") await part.value.executable.dispose();
    },
  };
}

/** What a graph computes, as text: equal for graphs of equal nodes. Solvers are often made anew for each request. */
function signature({ nodes, fetches }: Graph): string {
  const places = new Map(nodes.map((node, i) => [node, i]));
  const place = ({ node, index }: { readonly node: Graph["nodes"][number]; readonly index: number }): string =>
    `${places.get(node)}.${index}`;
  return JSON.stringify([
    nodes.map(({ op, attrs, inputs, outputs }) => [op, attrs, inputs.map(place), outputs.map(({ shape }) => shape)]),
    Object.entries(fetches).map(([name, tensor]) => [name, place(tensor)]),
  ]);
}
