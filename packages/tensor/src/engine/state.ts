import type { NDArray } from "../array.ts";
import { type Aval, type Named, sameShape } from "../aval.ts";
import type { DeviceState, StateOptions } from "../engine.ts";
import { GMemError, GraphError, ShapeError } from "../errors.ts";
import { mapNamed, prefixed, withoutPrefix } from "../named.ts";

/** Where an engine keeps the arrays of one state. Its keys are whole names. */
export interface StateStore {
  /** Copies to the host, in turn with what else is asked of the state. */
  read(avals: Named<Aval>): Promise<Named<NDArray>>;
  /** Copies arrays in; they fit. */
  write(values: Named<NDArray>): Promise<void>;
  dispose(): Promise<void>;
}

export interface EngineStateOptions extends Pick<StateOptions, "fixed"> {
  /** What the store's keys begin with; a state that has one is a view. */
  readonly prefix?: string;
}

/** An engine's arrays as a {@link DeviceState}, seen through a prefix: checks names and shapes, the store does the rest. */
export class EngineState<S extends StateStore> implements DeviceState {
  readonly avals: Named<Aval>;
  readonly store: S;
  /** What the store's keys begin with. */
  readonly prefix: string;
  /** Names of arrays that keep their values. */
  readonly fixed: ReadonlySet<string>;
  readonly #isView: boolean;

  /** @throws {GraphError} for a fixed name that is not held. */
  constructor(store: S, avals: Named<Aval>, { fixed = [], prefix }: EngineStateOptions = {}) {
    const unknown = fixed.find((name) => !avals[name]);
    if (unknown !== undefined) throw new GraphError("state", "fixed must name arrays of the state", `"${unknown}"`);
    this.store = store;
    this.avals = avals;
    this.fixed = new Set(fixed);
    this.prefix = prefix ?? "";
    this.#isView = prefix !== undefined;
  }

  async read(names: readonly string[] = Object.keys(this.avals)): Promise<Named<NDArray>> {
    const avals = Object.fromEntries(names.map((name) => [name, this.#aval("read", name)]));
    const arrays = await this.store.read(prefixed(this.prefix, avals));
    return mapNamed(avals, (_, name) => arrays[this.prefix + name] as NDArray);
  }

  async write(values: Named<NDArray>): Promise<void> {
    for (const [name, { dtype, shape }] of Object.entries(values)) {
      const wanted = this.#aval("write", name);
      if (this.fixed.has(name))
        throw new GMemError("CONFIG", `state.write: "${name}" is fixed, got new values; make another state of them`);
      if (wanted.dtype !== dtype || !sameShape(wanted.shape, shape))
        throw new ShapeError("state.write", `"${name}" must be ${wanted.dtype} [${wanted.shape}], not ${dtype}`, [
          shape,
        ]);
    }
    await this.store.write(prefixed(this.prefix, values));
  }

  scope(prefix: string): DeviceState {
    const avals = withoutPrefix(prefix, this.avals);
    if (Object.keys(avals).length === 0)
      throw new GraphError("state.scope", "some name must begin with the prefix", `"${prefix}"`);
    const fixed = Object.keys(avals).filter((name) => this.fixed.has(prefix + name));
    return new EngineState(this.store, avals, { fixed, prefix: this.prefix + prefix });
  }

  async dispose(): Promise<void> {
    if (!this.#isView) await this.store.dispose();
  }

  #aval(where: string, name: string): Aval {
    const aval = this.avals[name];
    if (!aval)
      throw new ShapeError(`state.${where}`, `"${name}" must be in the state; it holds ${Object.keys(this.avals)}`, []);
    return aval;
  }
}
