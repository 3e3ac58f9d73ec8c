import { type NDArray, stack } from "../array.ts";
import { type Aval, type DType, type Named, type Shape, sameShape, sizeOf } from "../aval.ts";
import type { CompileOptions, Engine, Executable, RunOptions } from "../engine.ts";
import { DTypeError, GMemError, GraphError, ShapeError } from "../errors.ts";
import type { Graph } from "../graph.ts";
import { ReferenceState, Store } from "./device-state.ts";
import { evaluate } from "./evaluate.ts";

const dtypes: ReadonlySet<DType> = new Set<DType>(["f32", "f64", "i32", "bool"]);

function checkType(where: string, { dtype }: Aval): void {
  if (!dtypes.has(dtype)) throw new DTypeError(where, `the reference engine takes ${[...dtypes].join(", ")}`, dtype);
}

/** The interpreter as an engine: for tests, and for people who write one. Keeps the contract in every detail but speed. */
export function referenceEngine(): Engine {
  let disposed = false;
  const alive = (): void => {
    if (disposed) throw new GMemError("ENGINE", "reference: the engine has been disposed, make a new one");
  };
  return {
    name: "reference",
    dtypes,
    async state(initial) {
      alive();
      for (const [name, x] of Object.entries(initial)) checkType(`state "${name}"`, x);
      return ReferenceState.of(initial);
    },
    async compile(graph, options = {}) {
      alive();
      for (const node of graph.nodes) for (const output of node.outputs) checkType("compile", output);
      checkLoop(graph, options.loop);
      return new ReferenceExecutable(graph, stateOf(graph, options), { loop: options.loop, alive });
    },
    async dispose() {
      disposed = true;
    },
  };
}

function checkLoop({ feeds }: Graph, loop: CompileOptions["loop"]): void {
  if (!loop) return;
  if (!(Number.isInteger(loop.steps) && loop.steps >= 1))
    throw new GraphError("compile", "loop.steps must be a whole number from 1", String(loop.steps));
  const unknown = loop.perStep.find((name) => !feeds[name]);
  if (unknown !== undefined)
    throw new GraphError("compile", "loop.perStep must name feeds of the graph", `"${unknown}"`);
}

function stateOf(graph: Graph, { state }: CompileOptions): ReferenceState | undefined {
  if (!state) {
    const needed = Object.keys(graph.state);
    if (needed.length > 0)
      throw new GraphError("compile", `the graph has state, pass one that holds ${needed.join(", ")}`);
    return undefined;
  }
  if (!(state instanceof ReferenceState))
    throw new GMemError("CONFIG", "compile: the state must come from the same kind of engine");
  for (const [name, { dtype, shape }] of Object.entries(graph.state)) {
    const held = state.avals[name];
    if (!held) throw new GraphError("compile", `the state must hold "${name}"`, Object.keys(state.avals).join(", "));
    if (held.dtype !== dtype || !sameShape(held.shape, shape))
      throw new ShapeError("compile", `state "${name}" must be ${dtype} [${shape}], not ${held.dtype}`, [held.shape]);
  }
  return state;
}

interface Lifetime {
  readonly loop: CompileOptions["loop"];
  readonly alive: () => void;
}

class ReferenceExecutable implements Executable {
  readonly graph: Graph;
  readonly #state: ReferenceState | undefined;
  /** Without state, runs still keep their order. */
  readonly #line: Store;
  readonly #lifetime: Lifetime;
  #disposed = false;

  constructor(graph: Graph, state: ReferenceState | undefined, lifetime: Lifetime) {
    this.graph = graph;
    this.#state = state;
    this.#line = state?.store ?? new Store({});
    this.#lifetime = lifetime;
  }

  async run(feeds: Named<NDArray>, { signal }: RunOptions = {}): Promise<Named<NDArray>> {
    this.#lifetime.alive();
    if (this.#disposed) throw new GMemError("ENGINE", "run: the executable has been disposed, compile the graph again");
    stopIf(signal);
    this.#check(feeds);
    const { loop } = this.#lifetime;
    const results = await this.#line.inTurn(() => {
      stopIf(signal);
      const steps = Array.from({ length: loop?.steps ?? 1 }, (_, i) => this.#step(this.#feedsAt(feeds, i)));
      return loop ? stacked(steps) : (steps[0] as Named<NDArray>);
    });
    stopIf(signal);
    return results;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
  }

  #step(feeds: Named<NDArray>): Named<NDArray> {
    const held = Object.keys(this.graph.state).map((name) => [name, this.#state?.get(name) as NDArray]);
    const { fetches, nextState } = evaluate(this.graph, feeds, Object.fromEntries(held));
    for (const [name, value] of Object.entries(nextState)) this.#state?.set(name, value);
    return fetches;
  }

  #feedsAt(feeds: Named<NDArray>, step: number): Named<NDArray> {
    const perStep = this.#lifetime.loop?.perStep ?? [];
    return Object.fromEntries(
      Object.entries(feeds).map(([name, x]) => [name, perStep.includes(name) ? row(x, step) : x]),
    );
  }

  #check(feeds: Named<NDArray>): void {
    const { loop } = this.#lifetime;
    const unknown = Object.keys(feeds).find((name) => !this.graph.feeds[name]);
    if (unknown !== undefined)
      throw new GraphError(
        "run",
        `the graph takes ${Object.keys(this.graph.feeds).join(", ") || "no feeds"}`,
        `"${unknown}"`,
      );
    for (const [name, { dtype, shape }] of Object.entries(this.graph.feeds)) {
      const feed = feeds[name];
      if (!feed) throw new GraphError("run", `feed "${name}" must be given, as ${dtype} [${shape}]`, "nothing");
      if (feed.dtype !== dtype) throw new DTypeError("run", `feed "${name}" must be ${dtype}`, feed.dtype);
      const wanted: Shape = loop?.perStep.includes(name) ? [loop.steps, ...shape] : shape;
      if (!sameShape(feed.shape, wanted))
        throw new ShapeError("run", `feed "${name}" must be [${wanted}]`, [feed.shape]);
    }
  }
}

function stopIf(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new GMemError("ABORTED", "run: its signal was aborted");
}

/** One step's part of a feed with a leading axis of steps. */
function row(x: NDArray, step: number): NDArray {
  const shape = x.shape.slice(1);
  const size = sizeOf(shape);
  return { dtype: x.dtype, shape, data: x.data.subarray(step * size, (step + 1) * size) };
}

/** Each fetch of all steps, with a leading axis of steps. */
function stacked(steps: readonly Named<NDArray>[]): Named<NDArray> {
  const names = Object.keys(steps[0] as Named<NDArray>);
  return Object.fromEntries(names.map((name) => [name, stack(steps.map((fetches) => fetches[name] as NDArray))]));
}
