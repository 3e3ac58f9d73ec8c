import {
  type Aval,
  type DeviceState,
  GMemError,
  GraphError,
  type Named,
  type NDArray,
  ShapeError,
  sameShape,
} from "@gmem/tensor";
import type { Device } from "./device.ts";
import type { Value } from "./tensorflow.ts";
import { Turns } from "./turns.ts";

/** The tensors of one state and who is in line for them. Scopes share it. */
export class Store {
  readonly device: Device;
  readonly #values = new Map<string, Value>();
  readonly #turns = new Turns();
  #disposed = false;

  constructor(device: Device, initial: Named<NDArray>) {
    this.device = device;
    device.own(this);
    try {
      for (const [key, x] of Object.entries(initial)) this.#values.set(key, device.put(x));
    } catch (error) {
      this.release();
      throw error;
    }
  }
  inTurn<T>(task: () => T | Promise<T>): Promise<T> {
    return this.#turns.take(() => {
      if (this.#disposed) throw new GMemError("ENGINE", "state: it has been disposed, make a new one");
      this.device.ready("state");
      return task();
    });
  }
  get(key: string): Value {
    return this.#values.get(key) as Value;
  }
  /** Takes over a value in the place of the one before. */
  replace(key: string, value: Value): void {
    const before = this.#values.get(key);
    this.#values.set(key, value);
    before?.dispose();
  }
  dispose(): Promise<void> {
    return this.#turns.take(() => this.release());
  }
  release(): void {
    this.#disposed = true;
    this.device.forget(this);
    for (const value of this.#values.values()) value.dispose();
    this.#values.clear();
  }
}

/** Tensors that stay with tf, seen through a prefix. */
export class TfjsState implements DeviceState {
  readonly avals: Named<Aval>;
  readonly store: Store;
  readonly prefix: string;
  readonly #isView: boolean;

  constructor(store: Store, avals: Named<Aval>, prefix?: string) {
    this.store = store;
    this.avals = avals;
    this.prefix = prefix ?? "";
    this.#isView = prefix !== undefined;
  }

  async read(names: readonly string[] = Object.keys(this.avals)): Promise<Named<NDArray>> {
    const avals = names.map((name) => this.#aval("read", name));
    const { device } = this.store;
    return this.store.inTurn(async () => {
      const values = names.map((name) => this.store.get(this.prefix + name));
      const arrays = await Promise.all(values.map((value, i) => device.read(value, avals[i] as Aval)));
      return Object.fromEntries(names.map((name, i) => [name, arrays[i] as NDArray]));
    });
  }

  async write(values: Named<NDArray>): Promise<void> {
    for (const [name, { dtype, shape }] of Object.entries(values)) {
      const wanted = this.#aval("write", name);
      if (wanted.dtype !== dtype || !sameShape(wanted.shape, shape))
        throw new ShapeError("state.write", `"${name}" must be ${wanted.dtype} [${wanted.shape}], not ${dtype}`, [
          shape,
        ]);
    }
    const copies = Object.entries(values).map(
      ([name, x]) => [name, { ...x, data: x.data.slice() } as NDArray] as const,
    );
    return this.store.inTurn(() => {
      for (const [name, x] of copies) this.store.replace(this.prefix + name, this.store.device.put(x));
    });
  }

  scope(prefix: string): DeviceState {
    const inside = Object.entries(this.avals).filter(([name]) => name.startsWith(prefix));
    if (inside.length === 0) throw new GraphError("state.scope", "some name must begin with the prefix", `"${prefix}"`);
    const avals = Object.fromEntries(inside.map(([name, aval]) => [name.slice(prefix.length), aval]));
    return new TfjsState(this.store, avals, this.prefix + prefix);
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
