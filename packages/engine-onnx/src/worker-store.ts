import { type Aval, mapNamed, type Named, type NDArray, type StateStore } from "@gmem/tensor";
import { ownCopy } from "./own-copy.ts";
import type { WorkerLink } from "./worker-link.ts";

/** The arrays of one state, which live in the worker. */
export class WorkerStore implements StateStore {
  readonly link: WorkerLink;
  readonly id: number;

  constructor(link: WorkerLink, id: number) {
    this.link = link;
    this.id = id;
  }

  async read(avals: Named<Aval>): Promise<Named<NDArray>> {
    const keys = Object.keys(avals);
    const data = await this.link.request<Named<NDArray["data"]>>(() => ({ type: "read", id: this.id, keys }));
    return mapNamed(avals, (aval, key) => ({ ...aval, data: data[key] }) as NDArray);
  }

  async write(values: Named<NDArray>): Promise<void> {
    await this.link.request(() => {
      const copies = mapNamed(values, ({ data }) => ownCopy(data));
      return {
        type: "write",
        id: this.id,
        values: copies,
        transfer: Object.values(copies).map(({ buffer }) => buffer),
      };
    });
  }

  async dispose(): Promise<void> {
    await this.link.request(() => ({ type: "disposeState", id: this.id }));
  }
}
