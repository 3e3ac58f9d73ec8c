import {
  type Aval,
  type CompileOptions,
  type EngineState,
  type Executable,
  feedsAt,
  GMemError,
  type Graph,
  isGMemError,
  mapNamed,
  type Named,
  type NDArray,
  type RunOptions,
  stack,
  stopIfAborted,
  Turns,
} from "@gmem/tensor";
import type { Device } from "./device.ts";
import { Program } from "./program.ts";
import type { Store } from "./store.ts";
import type { Value } from "./tensorflow.ts";

const stopped = "run: stopped by its signal";

export interface Setting {
  readonly device: Device;
  readonly check: (feeds: Named<NDArray>) => void;
  readonly state: EngineState<Store> | undefined;
  readonly loop: CompileOptions["loop"];
  /** The graph as it is computed; `graph` is what was asked for. */
  readonly simplified: Graph;
}

/** A graph that tf interprets, on one state. */
export class TfjsExecutable implements Executable {
  readonly graph: Graph;
  readonly #setting: Setting;
  readonly #program: Program;
  /** Without state, runs still keep their order. */
  readonly #turns = new Turns();
  #disposed = false;

  constructor(graph: Graph, setting: Setting) {
    this.graph = graph;
    this.#setting = setting;
    this.#program = new Program(setting.simplified, setting.device);
    setting.device.own(this);
  }

  async run(feeds: Named<NDArray>, { signal }: RunOptions = {}): Promise<Named<NDArray>> {
    const { device, state, check } = this.#setting;
    this.#ready();
    stopIfAborted(signal, stopped);
    check(feeds);
    const task = async (): Promise<Named<NDArray>> => {
      await device.tf.nextFrame();
      stopIfAborted(signal, stopped);
      this.#ready();
      return this.#steps(feeds);
    };
    const results = await (state ? state.store.inTurn(task) : this.#turns.take(task));
    stopIfAborted(signal, stopped);
    return results;
  }

  /** Waits for the runs that were asked for. */
  async dispose(): Promise<void> {
    const end = (): void => this.release();
    const { state } = this.#setting;
    await (state ? state.store.inTurn(end).catch(end) : this.#turns.take(end));
  }

  /** Gives back what the program holds, now. */
  release(): void {
    this.#disposed = true;
    this.#setting.device.forget(this);
    this.#program.dispose();
  }

  #ready(): void {
    this.#setting.device.ready("run");
    if (this.#disposed) throw new GMemError("ENGINE", "run: the executable has been disposed, compile the graph again");
  }

  /** All steps of one call, then what they fetch. */
  async #steps(feeds: Named<NDArray>): Promise<Named<NDArray>> {
    const { device, loop } = this.#setting;
    const fetched: Named<Value>[] = [];
    try {
      for (let step = 0; step < (loop?.steps ?? 1); step++) fetched.push(this.#step(feeds, step));
      const read = (name: string, aval: Aval): Promise<NDArray>[] =>
        fetched.map((values) => device.read(values[name] as Value, aval));
      const entries = Object.entries(this.graph.fetches).map(async ([name, aval]) => {
        const arrays = await Promise.all(read(name, aval));
        return [name, loop ? stack(arrays) : arrays[0]] as const;
      });
      return Object.fromEntries(await Promise.all(entries)) as Named<NDArray>;
    } catch (error) {
      throw isGMemError(error) ? error : failed(device, error as Error);
    } finally {
      for (const values of fetched) for (const value of Object.values(values)) value.dispose();
    }
  }

  /** One step: the state is replaced when all of it has been computed, so that a step that fails changes nothing. */
  #step(feeds: Named<NDArray>, step: number): Named<Value> {
    const { device, state, loop, simplified } = this.#setting;
    const held = mapNamed(simplified.state, (_, name) => state?.store.get(state.prefix + name) as Value);
    const given = mapNamed(feedsAt(feeds, loop, step), (x) => device.put(x));
    const { fetches, nextState } = this.#program.run(given, held);
    for (const [name, value] of Object.entries(nextState)) state?.store.replace(state.prefix + name, value);
    return fetches;
  }
}

/** What tf complained about, as an error of GMem. */
function failed({ name }: Device, cause: Error): GMemError {
  if (/OOM|out of memory|ResourceExhausted|failed to allocate/i.test(cause.message))
    return new GMemError("OUT_OF_MEMORY", `${name}: ${cause.message}; lower the batch size, or use recomputed()`, {
      cause,
    });
  return new GMemError("ENGINE", `${name}: tf failed (${cause.message}); the state is as before the step`, { cause });
}
