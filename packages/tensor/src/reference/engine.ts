import { stopIfAborted } from "../abort.ts";
import { type NDArray, stack } from "../array.ts";
import type { Aval, DType, Named } from "../aval.ts";
import { checkProgram, ownState } from "../engine/checks.ts";
import { feedsAt } from "../engine/loop.ts";
import { EngineState, type StateStore } from "../engine/state.ts";
import type { CompileOptions, Engine, Executable, RunOptions, StateOptions } from "../engine.ts";
import { DTypeError, GMemError } from "../errors.ts";
import type { Graph } from "../graph.ts";
import { avalsOf, mapNamed } from "../named.ts";
import { evaluate } from "./evaluate.ts";
import { Store } from "./store.ts";

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
    async state(initial, { fixed }: StateOptions = {}) {
      alive();
      for (const [name, x] of Object.entries(initial)) checkType(`state "${name}"`, x);
      return new EngineState(new Store(initial), avalsOf(initial), fixed && { fixed });
    },
    async compile(graph, options = {}) {
      alive();
      for (const node of graph.nodes) for (const output of node.outputs) checkType("compile", output);
      const check = checkProgram(graph, options.loop);
      const state = ownState(graph, options, isStore);
      return new ReferenceExecutable(graph, { check, state, loop: options.loop, alive });
    },
    async dispose() {
      disposed = true;
    },
  };
}

const stopped = "run: stopped by its signal";

const isStore = (store: StateStore): store is Store => store instanceof Store;

interface Setting {
  readonly check: (feeds: Named<NDArray>) => void;
  readonly state: EngineState<Store> | undefined;
  readonly loop: CompileOptions["loop"];
  readonly alive: () => void;
}

class ReferenceExecutable implements Executable {
  readonly graph: Graph;
  readonly #setting: Setting;
  /** Without state, runs still keep their order. */
  readonly #line: Store;
  #disposed = false;

  constructor(graph: Graph, setting: Setting) {
    this.graph = graph;
    this.#setting = setting;
    this.#line = setting.state?.store ?? new Store({});
  }

  async run(feeds: Named<NDArray>, { signal }: RunOptions = {}): Promise<Named<NDArray>> {
    this.#setting.alive();
    if (this.#disposed) throw new GMemError("ENGINE", "run: the executable has been disposed, compile the graph again");
    stopIfAborted(signal, stopped);
    this.#setting.check(feeds);
    const { loop } = this.#setting;
    const results = await this.#line.inTurn(() => {
      stopIfAborted(signal, stopped);
      const steps = Array.from({ length: loop?.steps ?? 1 }, (_, i) => this.#step(feedsAt(feeds, loop, i)));
      return loop ? stacked(steps) : (steps[0] as Named<NDArray>);
    });
    stopIfAborted(signal, stopped);
    return results;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
  }

  #step(feeds: Named<NDArray>): Named<NDArray> {
    const { state } = this.#setting;
    const key = (name: string): string => (state?.prefix ?? "") + name;
    const held = mapNamed(this.graph.state, (_, name) => this.#line.arrays.get(key(name)) as NDArray);
    const { fetches, nextState } = evaluate(this.graph, feeds, held);
    for (const [name, value] of Object.entries(nextState)) this.#line.arrays.set(key(name), value);
    return fetches;
  }
}

/** Each fetch of all steps, with a leading axis of steps. */
const stacked = (steps: readonly Named<NDArray>[]): Named<NDArray> =>
  mapNamed(steps[0] as Named<NDArray>, (_, name) => stack(steps.map((fetches) => fetches[name] as NDArray)));
