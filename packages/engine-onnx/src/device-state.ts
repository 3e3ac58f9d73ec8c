import { type Aval, type DeviceState, GMemError, GraphError, type Named, type NDArray, ShapeError } from "@gmem/tensor";
import { ownCopy } from "./own-copy.ts";
import type { WorkerLink } from "./worker-link.ts";

/** Arrays that live in the worker, seen through a prefix. */
export class OnnxState implements DeviceState {
  readonly avals: Named<Aval>;
  readonly link: WorkerLink;
  readonly id: number;
  readonly prefix: string;
  readonly #isView: boolean;

  constructor(link: WorkerLink, id: number, view: { avals: Named<Aval>; prefix?: string }) {
    this.link = link;
    this.id = id;
    this.avals = view.avals;
    this.prefix = view.prefix ?? "";
    this.#isView = view.prefix !== undefined;
  }

  async read(names: readonly string[] = Object.keys(this.avals)): Promise<Named<NDArray>> {
    for (const name of names) this.#aval("read", name);
    const keys = names.map((name) => this.prefix + name);
    const data = await this.link.request<Named<NDArray["data"]>>(() => ({ type: "read", id: this.id, keys }));
    return Object.fromEntries(
      names.map((name) => [name, { ...this.#aval("read", name), data: data[this.prefix + name] } as NDArray]),
    );
  }

  async write(values: Named<NDArray>): Promise<void> {
    for (const [name, value] of Object.entries(values)) {
      const { dtype, shape } = this.#aval("write", name);
      if (value.dtype !== dtype || String(value.shape) !== String(shape))
        throw new ShapeError("state.write", `"${name}" must be ${dtype} [${shape}], not ${value.dtype}`, [value.shape]);
    }
    await this.link.request(() => {
      const copies = Object.entries(values).map(([name, value]) => [this.prefix + name, ownCopy(value.data)] as const);
      const transfer = copies.map(([, data]) => data.buffer);
      return { type: "write", id: this.id, values: Object.fromEntries(copies), transfer };
    });
  }

  scope(prefix: string): DeviceState {
    const inside = Object.entries(this.avals).filter(([name]) => name.startsWith(prefix));
    if (inside.length === 0) throw new GraphError("state.scope", `no name begins with "${prefix}"`);
    const avals = Object.fromEntries(inside.map(([name, aval]) => [name.slice(prefix.length), aval]));
    return new OnnxState(this.link, this.id, { avals, prefix: this.prefix + prefix });
  }

  async dispose(): Promise<void> {
    if (!this.#isView) await this.link.request(() => ({ type: "disposeState", id: this.id }));
  }

  #aval(where: string, name: string): Aval {
    const aval = this.avals[name];
    if (!aval) throw new ShapeError(`state.${where}`, `"${name}" is not in the state`, []);
    return aval;
  }
}

/** The engine's own state behind a handle. @throws {GMemError} code `CONFIG` for a state of another engine. */
export function ownState(state: DeviceState, link: WorkerLink): OnnxState {
  if (state instanceof OnnxState && state.link === link) return state;
  throw new GMemError("CONFIG", "compile: the state must come from the same engine, got one of another");
}
