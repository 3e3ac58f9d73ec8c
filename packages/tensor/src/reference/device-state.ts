import type { NDArray } from "../array.ts";
import type { Aval, Named } from "../aval.ts";
import { sameShape } from "../aval.ts";
import type { DeviceState } from "../engine.ts";
import { GMemError, GraphError, ShapeError } from "../errors.ts";

const copied = (x: NDArray): NDArray => ({ dtype: x.dtype, shape: [...x.shape], data: x.data.slice() });

/** The arrays of one state and who is in line for them. Scopes share it. */
export class Store {
  readonly arrays: Map<string, NDArray>;
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(initial: Named<NDArray>) {
    this.arrays = new Map(Object.entries(initial).map(([name, x]) => [name, copied(x)]));
  }
  /** Runs a task when all earlier ones are done, so that effects keep the order in which they were asked for. */
  inTurn<T>(task: () => T): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#disposed) throw new GMemError("ENGINE", "state: it has been disposed, make a new one");
      return task();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
  dispose(): Promise<void> {
    const turn = this.#last.then(() => {
      this.#disposed = true;
      this.arrays.clear();
    });
    this.#last = turn;
    return turn;
  }
}

/** State of the reference engine: arrays on the host, seen through a prefix. */
export class ReferenceState implements DeviceState {
  readonly avals: Named<Aval>;
  readonly store: Store;
  readonly prefix: string;

  constructor(store: Store, prefix: string, avals: Named<Aval>) {
    this.store = store;
    this.prefix = prefix;
    this.avals = avals;
  }

  static of(initial: Named<NDArray>): ReferenceState {
    const avals = Object.entries(initial).map(([name, { dtype, shape }]) => [name, { dtype, shape: [...shape] }]);
    return new ReferenceState(new Store(initial), "", Object.fromEntries(avals));
  }

  async read(names: readonly string[] = Object.keys(this.avals)): Promise<Named<NDArray>> {
    for (const name of names) this.#aval("read", name);
    return this.store.inTurn(() => Object.fromEntries(names.map((name) => [name, copied(this.get(name))])));
  }

  async write(values: Named<NDArray>): Promise<void> {
    const entries = Object.entries(values);
    for (const [name, { dtype, shape }] of entries) {
      const wanted = this.#aval("write", name);
      if (wanted.dtype !== dtype || !sameShape(wanted.shape, shape))
        throw new ShapeError("state.write", `"${name}" must be ${wanted.dtype} [${wanted.shape}], not ${dtype}`, [
          shape,
        ]);
    }
    const copies = entries.map(([name, x]) => [name, copied(x)] as const);
    return this.store.inTurn(() => {
      for (const [name, x] of copies) this.set(name, x);
    });
  }

  scope(prefix: string): DeviceState {
    const inside = Object.entries(this.avals).flatMap(([name, aval]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), aval] as const] : [],
    );
    if (inside.length === 0) throw new GraphError("state.scope", "some name must begin with the prefix", `"${prefix}"`);
    return new ReferenceState(this.store, this.prefix + prefix, Object.fromEntries(inside));
  }

  async dispose(): Promise<void> {
    if (this.prefix === "") await this.store.dispose();
  }

  get(name: string): NDArray {
    return this.store.arrays.get(this.prefix + name) as NDArray;
  }
  set(name: string, value: NDArray): void {
    this.store.arrays.set(this.prefix + name, value);
  }
  #aval(where: string, name: string): Aval {
    const aval = this.avals[name];
    if (!aval)
      throw new ShapeError(`state.${where}`, `"${name}" must be in the state; it holds ${Object.keys(this.avals)}`, []);
    return aval;
  }
}
