import { availableParallelism } from "node:os";
import {
  type Aval,
  avalsOf,
  type CompileOptions,
  checkOptions,
  checkProgram,
  type DeviceState,
  type DType,
  type Engine,
  EngineState,
  type Executable,
  f32,
  GMemError,
  type Graph,
  loopFeeds,
  loopFetches,
  type Named,
  type NDArray,
  type OptionTable,
  ownState,
  type StateOptions,
  type StateStore,
  simplify,
  trace,
} from "@gmem/tensor";
import { builtIn } from "./built-in.ts";
import { copyProgram } from "./copy-program.ts";
import { OnnxExecutable } from "./executable.ts";
import { inPlaceLoop, inPlaceUpdates } from "./in-place.ts";
import { loopProgram } from "./loop-program.ts";
import { availableMemory, checkMemory } from "./memory-limit.ts";
import { isAlone, ownCopy } from "./own-copy.ts";
import { checkDevice, type Device, type Profile, profiles } from "./profile.ts";
import { runProgram } from "./program.ts";
import { sessionOptions } from "./session-options.ts";
import { unavailable } from "./unavailable.ts";
import { WorkerLink } from "./worker-link.ts";
import { WorkerStore } from "./worker-store.ts";

export interface OnnxEngineOptions {
  /** Default "cpu". */
  readonly device?: Device;
  /** Threads of one operation; default: as many as the machine gives this process. */
  readonly threads?: number;
  /** Let idle threads wait actively: a little faster alone, much slower beside other work. Default false. */
  readonly spinning?: boolean;
  /** How far its threads give way to others of this process, 0 to 19 on top of the process's nice value; default 0. On Linux. */
  readonly niceness?: number;
  /** Bytes that one run may need beside its state; default on the CPU: what is free when it is compiled. */
  readonly memoryLimit?: number;
}

const table: OptionTable<OnnxEngineOptions> = {
  device: "optional",
  threads: "optional",
  spinning: "optional",
  niceness: "optional",
  memoryLimit: "optional",
};

/**
 * An engine on onnxruntime-node. It works in a thread of its own, so the caller's event loop keeps turning.
 * @throws {GMemError} code `BACKEND_UNAVAILABLE` if the device cannot be used here, `CONFIG` for options or a device that do not exist.
 * @example
 * const engine = await onnxEngine();
 * const double = await engine.compile(trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({ fetches: { y: feeds.x.mul(2) } })));
 * const { y } = await double.run({ x: array([1, 2]) }); // 2, 4
 * await engine.dispose();
 */
export async function onnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  checkOptions("onnxEngine", options, table);
  const { device = "cpu", threads = availableParallelism(), spinning = false, niceness = 0 } = options;
  checkDevice("onnxEngine", device);
  if (!Number.isInteger(threads) || threads < 1)
    throw new GMemError("CONFIG", `onnxEngine: threads must be a whole number from 1, got ${threads}`);
  if (!Number.isInteger(niceness) || niceness < 0 || niceness > 19)
    throw new GMemError("CONFIG", `onnxEngine: niceness must be a whole number in 0…19, got ${niceness}`);
  const profile = profiles[device];
  const probe = trace({ feeds: { x: f32(3) }, state: { s: f32(3) } }, ({ feeds, state }) => ({
    fetches: {},
    nextState: { s: state.s.add(feeds.x) },
  }));
  const link = new WorkerLink(profile.name, {
    device,
    niceness,
    probe: runProgram(probe, profile),
    sessionOptions: sessionOptions(device, { threads, spinning }),
  });
  try {
    await link.request(() => ({ type: "open" }));
  } catch (error) {
    await link.terminate();
    throw unavailable(device, error as Error);
  }
  const memoryLimit =
    options.memoryLimit === undefined && device === "cpu" ? availableMemory : () => options.memoryLimit;
  return new OnnxEngine(profile, link, memoryLimit);
}

class OnnxEngine implements Engine {
  readonly name: string;
  readonly dtypes: ReadonlySet<DType> = new Set<DType>(["f32", "f64", "f16", "i32", "bool"]);
  readonly #profile: Profile;
  readonly #link: WorkerLink;
  readonly #memoryLimit: () => number | undefined;
  #nextId = 0;

  constructor(profile: Profile, link: WorkerLink, memoryLimit: () => number | undefined) {
    this.name = profile.name;
    this.#memoryLimit = memoryLimit;
    this.#profile = profile;
    this.#link = link;
  }

  async state(initial: Named<NDArray>, { transfer: isGiven = false, fixed }: StateOptions = {}): Promise<DeviceState> {
    const id = this.#nextId++;
    const entries = Object.entries(initial);
    await this.#link.request(() => {
      const transfer = new Set<ArrayBuffer>(); // the worker copies what several names share
      const arrays = entries.map(([name, { dtype, shape, data }]) => {
        const own = isGiven && isAlone(data) ? data : ownCopy(data);
        transfer.add(own.buffer);
        return [name, { dtype, shape, data: own, copyModel: this.#copyModel({ dtype, shape }) }] as const;
      });
      return { type: "state", id, arrays: Object.fromEntries(arrays), transfer: [...transfer] };
    });
    return new EngineState(new WorkerStore(this.#link, id), avalsOf(initial), fixed && { fixed });
  }

  async compile(graph: Graph, options: CompileOptions = {}): Promise<Executable> {
    const { loop } = options;
    const check = checkProgram(graph, loop);
    const program = simplify(graph);
    const own = this.#own(program, options);
    const places = own && !loop && this.#profile === profiles.cpu ? builtIn(program, own.fixed) : {};
    const state = own && this.#binding(program, { ...options, own, places });
    const limit = this.#memoryLimit();
    if (limit !== undefined) checkMemory(program, limit);
    const model = loop ? loopProgram(program, this.#profile, loop) : runProgram(program, this.#profile, places);
    const feeds = avalsOf(loopFeeds(graph, loop));
    const fetches = avalsOf(loopFetches(graph, loop));
    const id = this.#nextId++;
    await this.#link.request(() => ({
      type: "compile",
      id,
      model,
      feeds,
      fetches,
      state,
      transfer: [model.buffer as ArrayBuffer],
    }));
    return new OnnxExecutable(graph, this.#link, { id, check, feeds, fetches });
  }

  async dispose(): Promise<void> {
    await this.#link.request(() => ({ type: "close" })).catch(() => {}); // a dead worker has released everything
    await this.#link.terminate();
  }

  /** The state of this engine that the program is compiled on, if it has any. */
  #own(graph: Graph, options: CompileOptions): EngineState<WorkerStore> | undefined {
    const isOwn = (store: StateStore): store is WorkerStore =>
      store instanceof WorkerStore && store.link === this.#link;
    const own = ownState(graph, options, isOwn);
    return Object.keys(graph.state).length === 0 ? undefined : own;
  }

  /** Which entries of it the program reads, has built in, and replaces. */
  #binding(graph: Graph, { loop, own, places }: BindingOptions): StateBinding {
    const inPlace = loop ? inPlaceLoop(graph) : inPlaceUpdates(graph);
    const keyed = (name: string): { name: string; key: string } => ({ name, key: own.prefix + name });
    return {
      id: own.store.id,
      entries: Object.keys(graph.state)
        .filter((name) => !(name in places))
        .map(keyed),
      builtIn: Object.entries(places).map(([name, path]) => ({ path, key: own.prefix + name })),
      next: Object.keys(graph.nextState).map((name) => ({ ...keyed(name), inPlace: inPlace.has(name) })),
    };
  }

  /** Only memory of a GPU needs a program to be read. */
  #copyModel(aval: Aval): Uint8Array | undefined {
    return this.#profile === profiles.webgpu ? copyProgram(aval) : undefined;
  }
}

interface BindingOptions extends Pick<CompileOptions, "loop"> {
  readonly own: EngineState<WorkerStore>;
  readonly places: Named<string>;
}

interface StateBinding {
  readonly id: number;
  readonly entries: readonly { readonly name: string; readonly key: string }[];
  readonly builtIn: readonly { readonly path: string; readonly key: string }[];
  readonly next: readonly { readonly name: string; readonly key: string; readonly inPlace: boolean }[];
}
