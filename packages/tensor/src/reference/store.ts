import type { NDArray } from "../array.ts";
import type { Aval, Named } from "../aval.ts";
import type { StateStore } from "../engine/state.ts";
import { Turns } from "../engine/turns.ts";
import { GMemError } from "../errors.ts";
import { mapNamed } from "../named.ts";

const copied = (x: NDArray): NDArray => ({ dtype: x.dtype, shape: [...x.shape], data: x.data.slice() });

/** The arrays of one state of the reference engine, on the host, and who is in line for them. */
export class Store implements StateStore {
  readonly arrays: Map<string, NDArray>;
  readonly #turns = new Turns();
  #disposed = false;

  constructor(initial: Named<NDArray>) {
    this.arrays = new Map(Object.entries(mapNamed(initial, copied)));
  }
  /** Runs a task when all earlier ones are done, so that effects keep the order in which they were asked for. */
  inTurn<T>(task: () => T): Promise<T> {
    return this.#turns.take(() => {
      if (this.#disposed) throw new GMemError("ENGINE", "state: it has been disposed, make a new one");
      return task();
    });
  }
  read(avals: Named<Aval>): Promise<Named<NDArray>> {
    return this.inTurn(() => mapNamed(avals, (_, key) => copied(this.arrays.get(key) as NDArray)));
  }
  write(values: Named<NDArray>): Promise<void> {
    const copies = mapNamed(values, copied);
    return this.inTurn(() => {
      for (const [key, x] of Object.entries(copies)) this.arrays.set(key, x);
    });
  }
  dispose(): Promise<void> {
    return this.#turns.take(() => {
      this.#disposed = true;
      this.arrays.clear();
    });
  }
}
