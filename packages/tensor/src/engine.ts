import type { NDArray } from "./array.ts";
import type { Aval, DType, Named } from "./aval.ts";
import type { Graph } from "./graph.ts";

/**
 * Named arrays that an engine owns: parameters, moments, a sampler's x. The only values that stay on the device between
 * runs. Several executables may share one state; a run replaces what its graph's `nextState` names, in place.
 */
export interface DeviceState {
  readonly avals: Named<Aval>;
  /** Copies to the host; all names, or those given. */
  read(names?: readonly string[]): Promise<Named<NDArray>>;
  /** Overwrites some or all of the arrays. @throws {ShapeError} for an unknown name or another shape. */
  write(values: Named<NDArray>): Promise<void>;
  /** The same storage under shorter names: `state.scope("ema/")` shows `ema/w` as `w`. Disposing it does nothing. */
  scope(prefix: string): DeviceState;
  dispose(): Promise<void>;
}

export interface StateOptions {
  /**
   * The arrays are handed over: an engine may use their memory as its own instead of copying it, and they must not be
   * used afterwards. Default false.
   */
  readonly transfer?: boolean;
  /**
   * Arrays that keep their values as long as the state lives, such as the parameters that a sampler reads: `write` refuses
   * them, no program may replace them, and an engine may build them into its programs. Default: none.
   */
  readonly fixed?: readonly string[];
}

export interface CompileOptions {
  /** Holds every name in `graph.state`; may hold more. Needed when the graph has state. */
  readonly state?: DeviceState;
  /**
   * Runs the graph `steps` times in one call. Feeds named in `perStep` get a leading axis of `steps`, the others are the
   * same in each step; every fetch gets a leading axis of `steps`.
   */
  readonly loop?: { readonly steps: number; readonly perStep: readonly string[] };
}

export interface RunOptions {
  /** Rejects with code `ABORTED`. A run that has begun on the device finishes there first; state stays consistent. */
  readonly signal?: AbortSignal;
}

/** A compiled graph. Runs on one state are executed in the order they were asked for. */
export interface Executable {
  readonly graph: Graph;
  run(feeds: Named<NDArray>, options?: RunOptions): Promise<Named<NDArray>>;
  dispose(): Promise<void>;
}

/** Lowers graphs to one runtime. Engines share nothing: no default device, no registration by import. */
export interface Engine {
  readonly name: string;
  /** Element types whose arrays it takes. */
  readonly dtypes: ReadonlySet<DType>;
  /** Puts arrays on the device. */
  state(initial: Named<NDArray>, options?: StateOptions): Promise<DeviceState>;
  /** @throws {UnsupportedOpError} here, never from `run`. */
  compile(graph: Graph, options?: CompileOptions): Promise<Executable>;
  dispose(): Promise<void>;
}
