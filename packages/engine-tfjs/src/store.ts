import { type Aval, GMemError, mapNamed, type Named, type NDArray, type StateStore, Turns } from "@gmem/tensor";
import type { Device } from "./device.ts";
import type { Value } from "./tensorflow.ts";

/** The tensors of one state, which stay with tf, and who is in line for them. */
export class Store implements StateStore {
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
  read(avals: Named<Aval>): Promise<Named<NDArray>> {
    return this.inTurn(async () => {
      const read = Object.entries(avals).map(
        async ([key, aval]) => [key, await this.device.read(this.get(key), aval)] as const,
      );
      return Object.fromEntries(await Promise.all(read));
    });
  }
  write(values: Named<NDArray>): Promise<void> {
    const copies = mapNamed(values, (x): NDArray => ({ ...x, data: x.data.slice() }));
    return this.inTurn(() => {
      for (const [key, x] of Object.entries(copies)) this.replace(key, this.device.put(x));
    });
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
