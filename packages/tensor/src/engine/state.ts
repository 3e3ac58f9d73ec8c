import type { NDArray } from "../array.ts";
import { type Aval, type Named, sameShape } from "../aval.ts";
import type { DeviceState } from "../engine.ts";
import { GraphError, ShapeError } from "../errors.ts";
import { mapNamed, prefixed, withoutPrefix } from "../named.ts";

/** Where an engine keeps the arrays of one state. Its keys are whole names. */
export interface StateStore {
  /** Copies to the host, in turn with what else is asked of the state. */
  read(avals: Named<Aval>): Promise<Named<NDArray>>;
  /** Copies arrays in; they fit. */
  write(values: Named<NDArray>): Promise<void>;
  dispose(): Promise<void>;
}

/** An engine's arrays as a {@link DeviceState}, seen through a prefix: checks names and shapes, the store does the rest. */
export class EngineState<S extends StateStore> implements DeviceState {
  readonly avals: Named<Aval>;
  readonly store: S;
  /** What the store's keys begin with. */
  readonly prefix: string;
  readonly #isView: boolean;

  constructor(store: S, avals: Named<Aval>, prefix?: string) {
    this.store = store;
    this.avals = avals;
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
    return new EngineState(this.store, avals, this.prefix + prefix);
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
